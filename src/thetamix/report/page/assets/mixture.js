// Mixtures of Gaussians, as thetamix.mixture.GaussianMixture has them. A mixture is {weight, mean, sd}: three arrays.
"use strict";
const thetamix = {};

thetamix.mixture = (() => {
  const ROOT_TWO_PI = Math.sqrt(2 * Math.PI);

  // Standard normal distribution function by its Taylor series (Marsaglia 2004, doi:10.18637/jss.v011.i04): right to
  // 1e-15 in absolute terms, which is what a probability on a screen needs.
  function standardCdf(z) {
    if (z > 8) return 1;
    if (z < -8) return 0;
    let sum = z, term = z, before = NaN;
    for (let n = 3; sum !== before; n += 2) {
      before = sum;
      term *= (z * z) / n;
      sum += term;
    }
    return Math.min(Math.max(0.5 + (sum * Math.exp(-0.5 * z * z)) / ROOT_TWO_PI, 0), 1);
  }

  function cdf({ weight, mean, sd }, x) {
    let total = 0;
    for (let k = 0; k < weight.length; k++) {
      if (weight[k] > 0) total += weight[k] * standardCdf((x - mean[k]) / sd[k]);
    }
    return Math.min(total, 1);
  }

  function pdf({ weight, mean, sd }, x) {
    let total = 0;
    for (let k = 0; k < weight.length; k++) {
      const z = (x - mean[k]) / sd[k];
      total += (weight[k] * Math.exp(-0.5 * z * z)) / (sd[k] * ROOT_TWO_PI);
    }
    return total;
  }

  function expectation({ weight, mean }) {
    let total = 0;
    for (let k = 0; k < weight.length; k++) total += weight[k] * mean[k];
    return total;
  }

  // The range outside of which there is next to nothing.
  function range({ weight, mean, sd }, width = 9) {
    let low = Infinity, high = -Infinity;
    for (let k = 0; k < weight.length; k++) {
      if (!(weight[k] > 0)) continue;
      low = Math.min(low, mean[k] - width * sd[k]);
      high = Math.max(high, mean[k] + width * sd[k]);
    }
    return [low, high];
  }

  // Newton's method inside a bracket. Every third step halves it: between two narrow components the slope is next to
  // nothing, and Newton alone would stay where it is.
  function quantile(mixture, level, guess) {
    let [low, high] = range(mixture);
    let x = guess > low && guess < high ? guess : expectation(mixture);
    for (let n = 1; n <= 150; n++) {
      const excess = cdf(mixture, x) - level;
      if (excess === 0) return x;
      if (excess < 0) low = x; else high = x;
      let next = x - excess / pdf(mixture, x);
      if (n % 3 === 0 || !(next > low && next < high)) next = 0.5 * (low + high);
      if (Math.abs(next - x) < 1e-11 || high - low < 1e-11) return next;
      x = next;
    }
    return x;
  }

  return { standardCdf, cdf, pdf, expectation, range, quantile };
})();
