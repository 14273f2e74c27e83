// The predicted density at one time, with the sensors in it, as a drawing that grows with its place.
"use strict";

thetamix.density = (() => {
  const { mixture } = thetamix;
  const SIZE = { width: 400, height: 270, left: 12, right: 12, top: 18, bottom: 62 };
  const POINTS = 240;

  function element(name, attributes, text) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function axis(row, readings, threshold) {
    const known = readings.map((reading) => reading.value);
    let [low, high] = row ? mixture.range(row, 3.5) : [Infinity, -Infinity];
    low = Math.min(low, threshold, ...known);
    high = Math.max(high, threshold, ...known);
    const margin = 0.04 * (high - low) || 0.02;
    return [low - margin, high + margin];
  }

  function marks(low, high) {
    const rough = (high - low) / 5;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
    const found = [];
    for (let n = Math.ceil(low / step); n * step <= high; n++) found.push(n * step);
    return found.map((value) => [value, value.toFixed(Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)))]);
  }

  // Draw into an <svg>: the curve, what is below the threshold, the expectation, and a dot for each sensor.
  function draw(svg, row, readings, threshold, colour) {
    const [low, high] = axis(row, readings, threshold);
    const floor = SIZE.height - SIZE.bottom;
    const toX = (value) => SIZE.left + ((value - low) / (high - low)) * (SIZE.width - SIZE.left - SIZE.right);
    svg.setAttribute("viewBox", `0 0 ${SIZE.width} ${SIZE.height}`);
    svg.replaceChildren();
    if (row) {
      const at = Array.from({ length: POINTS + 1 }, (_, i) => low + ((high - low) * i) / POINTS);
      const density = at.map((value) => mixture.pdf(row, value));
      const toY = (value) => floor - (value / Math.max(...density)) * (floor - SIZE.top);
      const outline = at.map((value, i) => `${toX(value).toFixed(1)},${toY(density[i]).toFixed(1)}`);
      const under = (points) => `M${points[0].split(",")[0]},${floor}L${points.join("L")}L${points.at(-1).split(",")[0]},${floor}Z`;
      svg.append(element("path", { d: under(outline), fill: colour, class: "under" }));
      const left = at.filter((value) => value <= threshold).length;
      if (left > 1) svg.append(element("path", { d: under(outline.slice(0, left)), class: "below" }));
      svg.append(element("path", { d: `M${outline.join("L")}`, stroke: colour, class: "curve" }));
      const mean = mixture.expectation(row);
      svg.append(element("line", { x1: toX(mean), x2: toX(mean), y1: floor, y2: toY(mixture.pdf(row, mean)), stroke: colour, class: "mean" }));
    }
    svg.append(element("line", { x1: toX(threshold), x2: toX(threshold), y1: 6, y2: floor, class: "threshold" }));
    svg.append(element("line", { x1: SIZE.left, x2: SIZE.width - SIZE.right, y1: floor, y2: floor, class: "axis" }));
    drawSensors(svg, readings, toX, floor);
    for (const [value, text] of marks(low, high)) {
      const y = floor + 34;
      svg.append(element("line", { x1: toX(value), x2: toX(value), y1: y - 12, y2: y - 7, class: "axis" }));
      svg.append(element("text", { x: toX(value), y: y + 4, "text-anchor": "middle" }, text));
    }
    svg.append(element("text", { x: SIZE.width / 2, y: SIZE.height - 5, "text-anchor": "middle" }, "soil moisture [m³ m⁻³]"));
  }

  // Sensors sit on the axis; where they are close, their letters are moved apart. There is no room for those of many.
  function drawSensors(svg, readings, toX, floor) {
    const named = readings.length <= 12;
    let last = -Infinity;
    for (const { label, value, rejected, ink } of [...readings].sort((a, b) => a.value - b.value)) {
      const x = toX(value);
      const text = Math.max(x, last + 11);
      last = text;
      svg.append(element("circle", { cx: x, cy: floor, r: 5.5, fill: rejected ? "none" : ink, stroke: ink, class: "sensor" }));
      if (named) svg.append(element("text", { x: text, y: floor + 19, "text-anchor": "middle", class: "label" }, label));
    }
  }

  return { draw };
})();
