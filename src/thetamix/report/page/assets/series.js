// One series, ready to be drawn: its steps, readings, reference, and the mixtures of each forecaster.
"use strict";

thetamix.series = (() => {
  const { mixture } = thetamix;

  // uPlot leaves a gap at null, and only there.
  const gaps = (values) => Array.from(values, (value) => (Number.isNaN(value) ? null : value));

  async function load(data, cluster, depth) {
    const entry = data.clusters[cluster].depths[depth].series;
    if (!entry) return null;
    const arrays = await thetamix.decode.arrays(entry);
    const steps = arrays.step;
    const mixtures = [];
    for (let f = 0; f < data.forecasters.length; f++) {
      mixtures.push(await rows(data, entry.mixtures[f], arrays, f, steps.length));
    }
    data.forecasters.forEach((forecaster, f) => {
      if (forecaster.members) mixtures[f] = pool(forecaster.members, mixtures);
    });
    const isRejected = (r, i) => Boolean(arrays[`rejected${r}`]?.[i]);
    return {
      entry,
      x: Array.from(steps, (step) => data.time.start + step * data.time.step),
      readings: entry.replicates.map((r) => ({
        label: data.replicates[r],
        good: gaps(arrays[`reading${r}`].map((value, i) => (isRejected(r, i) ? NaN : value))),
        rejected: gaps(arrays[`reading${r}`].map((value, i) => (isRejected(r, i) ? value : NaN))),
      })),
      anyRejected: Object.keys(arrays).some((name) => name.startsWith("rejected")),
      reference: arrays.reference ? gaps(arrays.reference) : null,
      mixtures,
      lines: new Map(),
    };
  }

  // A function that gives the mixture at a position, null where there is none; null where there is none anywhere.
  async function rows(data, told, arrays, f, count) {
    if (!told || told.pool) return null;
    let source = arrays, size = count, index = (i) => i, tag = f, components = told.components;
    if (told.table) {
      const table = data.tables[told.table];
      table.arrays = table.arrays || (await thetamix.decode.arrays(table));
      source = table.arrays;
      components = table.components;
      size = source.mean.length / components;
      index = (i) => arrays[`index${f}`][i];
      tag = "";
    }
    const [weight, mean, sd] = ["weight", "mean", "sd"].map((name) => source[name + tag]);
    const at = (i) => {
      const row = index(i);
      if (Number.isNaN(mean[row])) return null;
      const pick = (values) => Array.from({ length: components }, (_, k) => values[k * size + row]);
      return normalised({ weight: pick(weight), mean: pick(mean), sd: pick(sd) });
    };
    at.row = index; // steps of the same row have the same mixture
    return at;
  }

  // Rounding moves the sum of the weights; a distribution ends at one.
  function normalised(row) {
    const total = row.weight.reduce((sum, value) => sum + value, 0);
    return { ...row, weight: row.weight.map((value) => value / total) };
  }

  // The equal pool, missing where one of its members is.
  function pool(members, mixtures) {
    if (members.some((m) => !mixtures[m])) return null;
    return (i) => {
      const parts = members.map((m) => mixtures[m](i));
      if (parts.includes(null)) return null;
      return {
        weight: parts.flatMap((part) => part.weight.map((value) => value / parts.length)),
        mean: parts.flatMap((part) => part.mean),
        sd: parts.flatMap((part) => part.sd),
      };
    };
  }

  const LEVELS = [0.95, 0.05, 0.8, 0.2];

  // Quantiles and expectation over time; worked out once for each forecaster.
  function lines(series, f) {
    if (!series.lines.has(f)) {
      const at = series.mixtures[f];
      const result = { expectation: [], quantiles: LEVELS.map(() => []) };
      const solve = solver();
      for (const { expectation, quantiles } of each(series, at, solve)) {
        result.expectation.push(expectation);
        quantiles.forEach((value, n) => result.quantiles[n].push(value));
      }
      series.lines.set(f, result);
    }
    return series.lines.get(f);
  }

  // The quantiles of a step are a good guess for those of the next.
  function solver() {
    const guess = LEVELS.map(() => NaN);
    return (row) => {
      if (!row) return { expectation: null, quantiles: LEVELS.map(() => null) };
      LEVELS.forEach((level, n) => { guess[n] = mixture.quantile(row, level, guess[n]); });
      return { expectation: mixture.expectation(row), quantiles: [...guess] };
    };
  }

  // Apply a function to the mixture of each step, once for steps that share one.
  function each(series, at, apply) {
    const known = new Map();
    return series.x.map((_, i) => {
      if (!at) return apply(null);
      const key = at.row ? at.row(i) : i;
      if (!known.has(key)) known.set(key, apply(at(i)));
      return known.get(key);
    });
  }

  function below(series, f, threshold) {
    return each(series, series.mixtures[f], (row) => row && mixture.cdf(row, threshold));
  }

  return { load, lines, below };
})();
