// A time in the browser's own zone and language that keeps itself up to date: "ago", or "elapsed" since then.
const alive = new Set();
let timer = null;
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "long" });
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];

function ago(seconds) {
  if (seconds < 45) return seconds < 5 ? "just now" : `${Math.floor(seconds)} seconds ago`;
  for (const [unit, size] of UNITS) if (seconds >= size) return relative.format(-Math.floor(seconds / size), unit);
  return relative.format(-1, "minute");
}

function elapsed(seconds) {
  const two = (n) => String(Math.floor(n)).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  return (hours ? `${hours}:` : "") + `${two((seconds % 3600) / 60)}:${two(seconds % 60)}`;
}

export default {
  props: { at: Number, mode: String },
  data: () => ({ now: Date.now() / 1000 }),
  computed: {
    date() { return new Date(this.at * 1000); },
    shown() {
      const seconds = Math.max(0, this.now - this.at);
      if (this.mode === "clock") return this.date.toLocaleTimeString();
      return this.mode === "elapsed" ? elapsed(seconds) : ago(seconds);
    },
  },
  mounted() {
    alive.add(this);
    timer ??= setInterval(() => alive.forEach((one) => (one.now = Date.now() / 1000)), 1000);
  },
  unmounted() {
    alive.delete(this);
    if (!alive.size) { clearInterval(timer); timer = null; }
  },
  template: `<time :datetime="date.toISOString()" :title="date.toLocaleString()">{{ shown }}</time>`,
};
