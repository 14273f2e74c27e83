// The explorer: what is chosen, and what follows from it.
"use strict";

thetamix.explorer = (() => {
  const { charts, mixture } = thetamix;
  const find = (id) => document.getElementById(id);
  const data = JSON.parse(find("explorer-data")?.textContent || "null");
  if (!data) return null;

  const state = {
    cluster: 0,
    depth: 0,
    forecaster: 0,
    threshold: 0.2,
    hidden: new Set(),
    chosen: null, // position among the steps of the series
    range: null, // seconds; null for all
  };
  let series = null;
  let drawn = [];
  let moving = false;
  let request = 0;

  const whole = [data.time.start, data.time.start + (data.time.count - 1) * data.time.step];
  const toTime = (step) => data.time.start + step * data.time.step;
  const look = () => ({
    colour: charts.colour(`--forecaster-${data.forecasters[state.forecaster].colour}`),
    reference: charts.colour(data.reference == null ? "--soft" : `--forecaster-${data.reference}`),
  });
  const three = (value) => (value == null ? "–" : value.toFixed(3));
  const percent = (value) => (value == null ? "–" : `${(100 * value).toFixed(1)}%`);

  function stamp(seconds) {
    const text = new Date(seconds * 1000).toISOString();
    return data.time.step % 86400 === 0 ? text.slice(0, 10) : `${text.slice(0, 10)} ${text.slice(11, 16)} UTC`;
  }

  // ---- choosing ---------------------------------------------------------------------------------------------------

  function fill(select, names) {
    select.replaceChildren(...names.map((name, n) => new Option(name, n)));
  }

  const centimetres = (depth) => `${Number((depth * 100).toPrecision(6))} cm`;

  function depthButtons() {
    const entries = data.clusters[state.cluster].depths;
    find("depths").replaceChildren(
      ...entries.map(({ depth, series: entry }, n) => {
        const label = document.createElement("label");
        const input = Object.assign(document.createElement("input"), { type: "radio", name: "depth", value: n, checked: n === state.depth });
        const text = document.createElement("span");
        text.textContent = entry ? centimetres(depth) : `${centimetres(depth)}: no readings`;
        label.classList.toggle("empty", !entry);
        input.addEventListener("change", () => choose({ depth: n }));
        label.append(input, text);
        return label;
      }),
    );
  }

  async function choose(changes) {
    const time = series && state.chosen != null ? series.x[state.chosen] : null;
    Object.assign(state, changes);
    find("cluster").value = state.cluster;
    find("forecaster").value = state.forecaster;
    depthButtons();
    if ("cluster" in changes || "depth" in changes || !series) {
      const mine = ++request;
      find("explorer").setAttribute("aria-busy", "true");
      const loaded = await thetamix.series.load(data, state.cluster, state.depth);
      if (mine !== request) return; // something else was chosen meanwhile
      series = loaded;
      find("explorer").removeAttribute("aria-busy");
      state.chosen = series && nearest(time ?? interesting());
    }
    describe();
    draw();
    show();
  }

  // Where to look first: the middle of the first evaluated stretch, or of the one in which most happens.
  function interesting() {
    const { window: stretch, evaluated } = series.entry;
    const [first, last] = evaluated[0] || stretch || [0, data.time.count - 1];
    return toTime((first + last) / 2);
  }

  function nearest(time) {
    const x = series.x;
    let low = 0, high = x.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (x[middle] < time) low = middle; else high = middle;
    }
    return time - x[low] < x[high] - time ? low : high;
  }

  function describe() {
    const cluster = data.clusters[state.cluster];
    const empty = !series;
    find("about").textContent = cluster.about.join(" · ");
    find("charts").hidden = empty;
    find("moment").hidden = empty;
    find("empty").hidden = !empty;
    if (empty) {
      find("empty").textContent = `${cluster.name} at ${centimetres(cluster.depths[state.depth].depth)}: no readings. No sensor of this series ever reported, so nothing is trained on, forecast or scored here.`;
      return;
    }
    const { count, window: stretch, withheld } = series.entry;
    const words = [];
    if (count < data.time.count) {
      words.push(`Drawn are ${count.toLocaleString("en")} of ${data.time.count.toLocaleString("en")} steps, extremes among them.`);
      if (stretch) words.push(`Every step from ${stamp(toTime(stretch[0])).slice(0, 10)} to ${stamp(toTime(stretch[1])).slice(0, 10)}.`);
    } else {
      words.push("Every step is drawn.");
    }
    const { silent } = cluster.depths[state.depth];
    if (silent.length) words.push(`No readings: ${silent.join(", ")}.`);
    if (withheld.length) words.push(`Never shown to a model: replicate ${withheld.map((r) => data.replicates[r]).join(", ")}.`);
    if (!series.mixtures[state.forecaster]) words.push(`${data.forecasters[state.forecaster].name} has no prediction for this series.`);
    const error = forecasterError();
    if (error) words.push(`Mixtures of many components are drawn with fewer: probabilities are right to ${error.toFixed(3)}.`);
    find("note").textContent = words.join(" ");
    find("full").hidden = !stretch;
  }

  function forecasterError() {
    const { members, error } = data.forecasters[state.forecaster];
    return members ? Math.max(...members.map((m) => data.forecasters[m].error || 0)) : error;
  }

  // ---- drawing ----------------------------------------------------------------------------------------------------

  function draw() {
    drawn.forEach((chart) => chart.destroy());
    drawn = [];
    if (!series) return;
    const width = find("charts").clientWidth;
    const height = Math.round(Math.min(Math.max(width * 0.42, 250), 400));
    const shared = { setScale: [follow] };
    const onTop = (...more) => ({ ...shared, draw: [(u) => charts.drawTime(u, series.x[state.chosen]), ...more] });
    const days = rainDays();
    if (days && !state.hidden.has("rain")) drawn.push(charts.rain(find("rain-chart"), width, days, series.x, onTop()));
    drawn.push(
      charts.moisture(
        find("moisture-chart"), width, height, series, thetamix.series.lines(series, state.forecaster), look(), state.hidden,
        onTop(
          (u) => charts.drawStretches(u, series.entry.trained, charts.colour("--trained"), toTime),
          (u) => charts.drawStretches(u, series.entry.evaluated, charts.colour("--evaluated"), toTime),
          (u) => charts.drawThreshold(u, state.threshold),
        ),
      ),
      charts.probability(find("probability-chart"), width, series.x, thetamix.series.below(series, state.forecaster, state.threshold), look(), onTop()),
    );
    for (const chart of drawn) {
      chart.over.addEventListener("click", () => pick(chart));
      chart.over.addEventListener("dblclick", () => zoom(null));
    }
    const [low, high] = state.range || whole;
    moving = true;
    drawn.forEach((chart) => chart.setScale("x", { min: low, max: high }));
    moving = false;
    legend();
  }

  function rainDays() {
    const entry = data.clusters[state.cluster].rain;
    if (!entry) return null;
    if (!entry.days) {
      entry.days = { x: [], rain: [] };
      thetamix.decode.arrays(entry).then(({ rain }) => {
        entry.days = {
          x: Array.from(rain, (_, i) => entry.first + (i + 0.5) * entry.step),
          rain: Array.from(rain, (value) => (Number.isNaN(value) ? null : value)),
        };
        draw();
      });
      return null;
    }
    return entry.days.x.length ? entry.days : null;
  }

  // One chart was zoomed: the others go with it.
  function follow(u, scale) {
    if (scale !== "x" || moving) return;
    const { min, max } = u.scales.x;
    const all = min <= whole[0] && max >= whole[1];
    state.range = all ? null : [min, max];
    moving = true;
    drawn.forEach((chart) => chart !== u && chart.setScale("x", { min, max }));
    moving = false;
  }

  function zoom(range) {
    const shortest = 8 * data.time.step;
    if (range) {
      let [low, high] = range;
      if (high - low < shortest) [low, high] = [(low + high - shortest) / 2, (low + high + shortest) / 2];
      const length = Math.min(high - low, whole[1] - whole[0]);
      low = Math.min(Math.max(low, whole[0]), whole[1] - length);
      range = [low, low + length];
    }
    state.range = range && (range[0] > whole[0] || range[1] < whole[1]) ? range : null;
    const [min, max] = state.range || whole;
    moving = true;
    drawn.forEach((chart) => chart.setScale("x", { min, max }));
    moving = false;
  }

  function scaleBy(factor) {
    const [low, high] = state.range || whole;
    const time = series.x[state.chosen];
    const center = time >= low && time <= high ? time : (low + high) / 2;
    zoom([center - (center - low) * factor, center + (high - center) * factor]);
  }

  function shift(share) {
    const [low, high] = state.range || whole;
    zoom([low + share * (high - low), high + share * (high - low)]);
  }

  // ---- the chosen time --------------------------------------------------------------------------------------------

  function pick(chart) {
    if (chart.cursor.left == null || chart.cursor.left < 0) return;
    moveTo(nearest(chart.posToVal(chart.cursor.left, "x")));
  }

  function moveTo(position) {
    state.chosen = Math.min(Math.max(position, 0), series.x.length - 1);
    const [low, high] = state.range || whole;
    const time = series.x[state.chosen];
    if (time < low || time > high) zoom([time - (high - low) / 2, time + (high - low) / 2]);
    drawn.forEach((chart) => chart.redraw(false));
    show();
  }

  function show() {
    if (!series) return;
    const i = state.chosen;
    const row = series.mixtures[state.forecaster]?.(i) ?? null;
    const readings = series.readings
      .map(({ label, good, rejected }, r) => ({
        label,
        value: good[i] ?? rejected[i],
        rejected: good[i] == null,
        ink: charts.colour(`--replicate-${r % 6}`),
      }))
      .filter(({ value }) => value != null);
    find("time").textContent = stamp(series.x[i]);
    find("part").textContent = part(series.x[i]);
    thetamix.density.draw(find("density"), row, readings, state.threshold, look().colour);
    const level = (p) => (row ? mixture.quantile(row, p) : null);
    const chance = row ? mixture.cdf(row, state.threshold) : null;
    put("expectation", row && mixture.expectation(row), three);
    put("q05", level(0.05), three);
    put("q20", level(0.2), three);
    put("q80", level(0.8), three);
    put("q95", level(0.95), three);
    put("chance", chance, percent);
    sensors(row, readings);
    find("density-title").textContent = row
      ? `Predicted density at ${stamp(series.x[i])}: expectation ${three(mixture.expectation(row))}, 60 percent of the probability between ${three(level(0.2))} and ${three(level(0.8))}.`
      : `No prediction at ${stamp(series.x[i])}.`;
    find("unpredicted").hidden = row !== null;
  }

  function part(time) {
    const step = Math.round((time - data.time.start) / data.time.step);
    const among = (stretches) => stretches.some(([first, last]) => first <= step && step <= last);
    if (among(series.entry.evaluated)) return "Evaluated: the readings of this step were not trained on.";
    return among(series.entry.trained) ? "Trained on: the models have seen these readings." : "Neither trained on nor evaluated.";
  }

  // The number in full stands beside the one that is shown.
  function put(id, value, format) {
    const place = find(id);
    place.textContent = format(value);
    if (value == null) delete place.dataset.value; else place.dataset.value = value;
  }

  function sensors(row, readings) {
    const lines = readings.map(({ label, value, rejected }) => {
      const line = document.createElement("tr");
      const cells = [label, three(value) + (rejected ? " (rejected)" : ""), row ? percent(mixture.cdf(row, value)) : "–"];
      cells.forEach((text, n) => {
        const cell = document.createElement(n ? "td" : "th");
        if (!n) cell.scope = "row";
        cell.textContent = text;
        line.append(cell);
      });
      return line;
    });
    find("sensors").replaceChildren(...lines);
    find("no-sensors").hidden = lines.length > 0;
  }

  function setThreshold(value) {
    if (!Number.isFinite(value)) return;
    state.threshold = value;
    find("threshold").value = value;
    find("threshold-number").value = value.toFixed(3);
    for (const place of document.querySelectorAll(".threshold-value")) place.textContent = value.toFixed(3);
    if (!series) return;
    const chart = drawn.at(-1);
    chart.setData([series.x, thetamix.series.below(series, state.forecaster, value)], false);
    drawn.forEach((one) => one.redraw(false));
    show();
  }

  // ---- legend -----------------------------------------------------------------------------------------------------

  function legend() {
    const items = [];
    if (data.clusters[state.cluster].rain) items.push(["rain", "rain", "bar rain"]);
    items.push(["wide", "Q05–Q95", "area q90"], ["belt", "Q20–Q80", "area q60"], ["expectation", "expectation", "line expectation"]);
    series.readings.forEach(({ label }, r) => items.push([`replicate${r}`, `replicate ${label}`, `line replicate-${r % 6}`]));
    if (series.reference) items.push(["reference", "reference", `line ${data.reference == null ? "" : `c${data.reference}`} dashed`]);
    if (series.anyRejected) items.push(["rejected", "rejected reading", "ring"]);
    find("legend").dataset.forecaster = data.forecasters[state.forecaster].colour;
    find("legend").replaceChildren(
      ...items.map(([layer, text, mark]) => {
        const button = Object.assign(document.createElement("button"), { type: "button" });
        const swatch = Object.assign(document.createElement("i"), { className: `mark ${mark}` });
        swatch.setAttribute("aria-hidden", "true");
        button.setAttribute("aria-pressed", String(!state.hidden.has(layer)));
        button.append(swatch, text);
        button.addEventListener("click", () => toggle(layer));
        return button;
      }),
    );
  }

  function toggle(layer) {
    if (state.hidden.has(layer)) state.hidden.delete(layer); else state.hidden.add(layer);
    const place = [...find("legend").children].indexOf(document.activeElement);
    draw();
    find("legend").children[place]?.focus(); // the legend was made anew
  }

  // ---- keys, buttons, size, colours -------------------------------------------------------------------------------

  const KEYS = {
    ArrowLeft: (event) => moveTo(state.chosen - (event.shiftKey ? 10 : 1)),
    ArrowRight: (event) => moveTo(state.chosen + (event.shiftKey ? 10 : 1)),
    PageUp: () => shift(-0.5),
    PageDown: () => shift(0.5),
    Home: () => moveTo(0),
    End: () => moveTo(series.x.length - 1),
    "+": () => scaleBy(0.5),
    "=": () => scaleBy(0.5),
    "-": () => scaleBy(2),
    0: () => zoom(null),
    Escape: () => zoom(null),
  };

  function start() {
    if (typeof DecompressionStream === "undefined") {
      find("too-old").hidden = false;
      return;
    }
    fill(find("cluster"), data.clusters.map(({ name }) => name));
    fill(find("forecaster"), data.forecasters.map(({ name }) => name));
    find("cluster").addEventListener("change", (event) => choose({ cluster: Number(event.target.value) }));
    find("forecaster").addEventListener("change", (event) => choose({ forecaster: Number(event.target.value) }));
    const turn = (by) => choose({ cluster: (state.cluster + by + data.clusters.length) % data.clusters.length });
    find("previous").addEventListener("click", () => turn(-1));
    find("next").addEventListener("click", () => turn(1));
    find("threshold").addEventListener("input", (event) => setThreshold(Number(event.target.value)));
    find("threshold-number").addEventListener("change", (event) => setThreshold(event.target.valueAsNumber));
    find("charts").addEventListener("keydown", (event) => {
      const act = KEYS[event.key];
      if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      act(event);
    });
    const buttons = { "zoom-in": () => scaleBy(0.5), "zoom-out": () => scaleBy(2), left: () => shift(-0.5), right: () => shift(0.5), all: () => zoom(null), full: () => zoom(series.entry.window.map(toTime)) };
    for (const [id, act] of Object.entries(buttons)) find(id).addEventListener("click", act);
    for (const link of document.querySelectorAll("[data-cluster]")) {
      link.addEventListener("click", () => {
        choose({ cluster: Number(link.dataset.cluster), depth: Number(link.dataset.depth) });
        find("explorer").scrollIntoView({ block: "start" });
        find("cluster").focus({ preventScroll: true });
      });
    }
    let width = find("charts").clientWidth;
    new ResizeObserver(() => {
      if (find("charts").clientWidth === width || !series) return;
      width = find("charts").clientWidth;
      draw();
    }).observe(find("charts"));
    const again = () => { if (series) { draw(); show(); } };
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
    matchMedia("print").addEventListener("change", again);
    setThreshold(Number(find("threshold").value));
    const first = firstSeries();
    choose({ cluster: first[0], depth: first[1], forecaster: 0 });
  }

  function firstSeries() {
    for (let c = 0; c < data.clusters.length; c++) {
      const d = data.clusters[c].depths.findIndex((entry) => entry.series);
      if (d >= 0) return [c, d];
    }
    return [0, 0];
  }

  start();
  return { state, current: () => series, data };
})();
