// The three charts that share one time axis: rain from above, soil moisture, probability below the threshold.
"use strict";

thetamix.charts = (() => {
  const FONT = "12px system-ui, sans-serif";
  const AXIS_WIDTH = 62;
  const utc = (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC");

  // Colours live in the style sheet, where dark mode and print change them.
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function faded(hex, share) {
    const part = (i) => parseInt(hex.slice(i, i + 2), 16);
    return `rgba(${part(1)}, ${part(3)}, ${part(5)}, ${share})`;
  }

  function axes(label, more = {}, showTime = true) {
    const shared = {
      stroke: colour("--soft"),
      font: FONT,
      labelFont: FONT,
      ticks: { stroke: colour("--line"), width: 1 },
      grid: { stroke: colour("--grid"), width: 1 },
    };
    const time = showTime ? { ...shared } : { ...shared, size: 6, values: (u, marks) => marks.map(() => ""), ticks: { show: false } };
    return [time, { ...shared, label, labelSize: 18, labelGap: 2, size: AXIS_WIDTH - 18, ...more }];
  }

  function options(width, height, more) {
    return {
      width,
      height,
      tzDate: utc,
      legend: { show: false },
      padding: [8, 26, 0, 0],
      focus: { alpha: 0.35 },
      ...more,
      cursor: {
        sync: { key: "thetamix", scales: ["x", null] },
        drag: { x: true, y: false },
        points: { show: false },
        y: false,
        ...more.cursor,
      },
    };
  }

  // A reading between two gaps has no line to be seen by.
  function isolated(u, index) {
    const values = u.data[index];
    const [first, last] = u.series[0].idxs;
    const alone = [];
    for (let i = first; i <= last; i++) {
      if (values[i] != null && values[i - 1] == null && values[i + 1] == null) alone.push(i);
    }
    return alone;
  }

  function rain(target, width, days, x, hooks) {
    const ink = colour("--rain");
    return new uPlot(
      options(width, 84, {
        scales: { x: { range: (u, low, high) => [low, high] }, y: { dir: -1, range: (u, low, high) => [0, Math.max(high, 5) * 1.05] } },
        axes: axes("rain [mm]", { space: 22 }, false),
        series: [{}, { fill: ink, stroke: ink, width: 0, paths: uPlot.paths.bars({ size: [0.9, 40, 1], align: 0 }), points: { show: false } }],
        cursor: { drag: { x: true, y: false } },
        hooks,
      }),
      [days.x, days.rain],
      target,
    );
  }

  // So many readings on so little paper would hide the forecast: then they are drawn lightly.
  function readingInk(ink) {
    return (u, index) => {
      const [first, last] = u.series[0].idxs;
      const crowded = last - first > 2.5 * u.bbox.width / devicePixelRatio;
      u.series[index].width = (crowded ? 0.7 : 1.3) * devicePixelRatio;
      return crowded ? faded(ink, 0.5) : ink;
    };
  }

  // Columns: time, Q95, Q05, Q80, Q20, reference, good and rejected readings of each replicate, expectation on top.
  function moisture(target, width, height, series, lines, look, hidden, hooks) {
    const base = look.colour;
    const quiet = { points: { show: false }, width: 0 };
    const columns = [series.x, ...lines.quantiles, series.reference || series.x.map(() => null)];
    const entries = [
      {},
      { ...quiet, layer: "wide" },
      { ...quiet, layer: "wide" },
      { ...quiet, layer: "belt" },
      { ...quiet, layer: "belt" },
      { stroke: look.reference, width: 1.5, dash: [7, 4], points: { show: false }, layer: "reference" },
    ];
    series.readings.forEach(({ good, rejected }, r) => {
      columns.push(good, rejected);
      const ink = colour(`--replicate-${r % 6}`);
      entries.push(
        { stroke: readingInk(ink), width: 1.3, points: { show: true, filter: isolated, size: 4, fill: ink, width: 0 }, layer: `replicate${r}` },
        { stroke: colour("--rejected"), paths: () => null, points: { show: true, size: 5, width: 1.2, fill: colour("--paper") }, layer: "rejected" },
      );
    });
    columns.push(lines.expectation);
    entries.push({ stroke: base, width: 2, points: { show: false }, layer: "expectation" });
    entries.forEach((entry) => { entry.show = !hidden.has(entry.layer); });
    return new uPlot(
      options(width, height, {
        scales: {
          x: { range: (u, low, high) => [low, high] },
          y: { range: (u, low, high) => spread(low, high) },
        },
        axes: axes("soil moisture [m³ m⁻³]", {}, false),
        series: entries,
        bands: [
          { series: [1, 2], fill: faded(base, 0.16) },
          { series: [3, 4], fill: faded(base, 0.34) },
        ],
        hooks,
      }),
      columns,
      target,
    );
  }

  function spread(low, high) {
    if (low == null) return [0, 0.6];
    const margin = Math.max(0.06 * (high - low), 0.01);
    return [low - margin, high + margin];
  }

  function probability(target, width, x, values, look, hooks) {
    return new uPlot(
      options(width, 118, {
        scales: { x: { range: (u, low, high) => [low, high] }, y: { range: () => [0, 1] } },
        axes: axes("P(below)", { values: (u, marks) => marks.map((mark) => `${Math.round(mark * 100)}%`), space: 24 }),
        series: [{}, { stroke: look.colour, fill: faded(look.colour, 0.25), width: 1.3, points: { show: false } }],
        hooks,
      }),
      [x, values],
      target,
    );
  }

  // Drawn over a chart: the chosen time, and on soil moisture the threshold and what is evaluated.
  function drawTime(u, time) {
    if (time == null || time < u.scales.x.min || time > u.scales.x.max) return;
    const x = Math.round(u.valToPos(time, "x", true)) + 0.5;
    stroke(u, colour("--ink"), [4, 3], (draw) => { draw.moveTo(x, u.bbox.top); draw.lineTo(x, u.bbox.top + u.bbox.height); });
  }

  function drawThreshold(u, threshold) {
    const y = Math.round(u.valToPos(threshold, "y", true)) + 0.5;
    if (y < u.bbox.top || y > u.bbox.top + u.bbox.height) return;
    stroke(u, colour("--threshold"), [2, 3], (draw) => { draw.moveTo(u.bbox.left, y); draw.lineTo(u.bbox.left + u.bbox.width, y); });
  }

  function drawStretches(u, stretches, ink, toTime) {
    const draw = u.ctx, height = 5 * devicePixelRatio;
    draw.save();
    draw.beginPath();
    draw.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
    draw.clip();
    draw.fillStyle = ink;
    for (const [first, last] of stretches) {
      const left = u.valToPos(toTime(first), "x", true), right = u.valToPos(toTime(last), "x", true);
      draw.fillRect(left, u.bbox.top + u.bbox.height - height, Math.max(right - left, 1), height);
    }
    draw.restore();
  }

  function stroke(u, ink, dash, path) {
    const draw = u.ctx;
    draw.save();
    draw.strokeStyle = ink;
    draw.lineWidth = devicePixelRatio;
    draw.setLineDash(dash.map((length) => length * devicePixelRatio));
    draw.beginPath();
    path(draw);
    draw.stroke();
    draw.restore();
  }

  return { rain, moisture, probability, drawTime, drawThreshold, drawStretches, colour };
})();
