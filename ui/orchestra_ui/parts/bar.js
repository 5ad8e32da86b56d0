// One bar of a timeline; all bars on the page share one scale, from the first start to the last end or to now.
const bars = new Set();
let timer = null;
let frame = 0;

function place() {
  const now = Date.now() / 1000;
  let first = Infinity, last = -Infinity;
  for (const bar of bars) {
    first = Math.min(first, bar.start);
    last = Math.max(last, bar.end ?? Math.max(now, bar.start));
  }
  const span = Math.max(last - first, 0.05);
  for (const bar of bars) {
    const end = bar.end ?? Math.max(now, bar.start);
    bar.left = (100 * (bar.start - first)) / span;
    bar.width = (100 * (end - bar.start)) / span;
  }
}

export default {
  props: { start: Number, end: { type: Number, default: null } },
  data: () => ({ left: 0, width: 0 }),
  mounted() {
    bars.add(this);
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(place);
    timer ??= setInterval(place, 250);
  },
  unmounted() {
    bars.delete(this);
    if (!bars.size) { clearInterval(timer); timer = null; }
  },
  template: `<span class="step-track" aria-hidden="true"
    ><span class="step-bar" :style="{ left: Math.min(left, 99.5) + '%', width: width + '%' }"></span></span>`,
};
