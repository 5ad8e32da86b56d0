// Shows log lines as text and drops the oldest over `limit`; stays at the end while following.
export default {
  props: { limit: Number, label: String },
  data: () => ({ following: true, unseen: 0, empty: true }),
  mounted() { this.$emit("ready"); },
  methods: {
    replace(lines) {
      this.$refs.lines.replaceChildren();
      this.empty = true;
      this.append(lines);
    },
    append(lines) {
      if (!lines.length) return;
      this.empty = false;
      const list = this.$refs.lines;
      list.append(...lines.map(draw));
      while (list.childElementCount > this.limit) list.firstElementChild.remove();
      if (this.following) this.toEnd();
      else this.unseen += lines.length;
    },
    prepend(lines) {
      const frame = this.$refs.frame;
      const before = frame.scrollHeight;
      this.follow(false);
      this.$refs.lines.prepend(...lines.map(draw));
      frame.scrollTop += frame.scrollHeight - before;
    },
    follow(on) {
      if (on !== this.following) this.$emit("following", on);
      this.following = on;
      if (on) { this.unseen = 0; this.toEnd(); }
    },
    toEnd() { requestAnimationFrame(() => { const f = this.$refs.frame; if (f) f.scrollTop = f.scrollHeight; }); },
    wheel(event) { if (event.deltaY < 0 || event.key === "ArrowUp" || event.key === "PageUp" || event.key === "Home") this.follow(false); },
    scrolled() {
      const f = this.$refs.frame;
      if (!this.following && f.scrollHeight - f.scrollTop - f.clientHeight < 4) this.follow(true);
    },
  },
  template: `<div class="log-frame">
    <div class="log" ref="frame" tabindex="0" role="log" aria-live="off" :aria-label="label" @wheel.passive="wheel" @keydown="wheel" @scroll.passive="scrolled">
      <p v-if="empty" class="log-empty">No lines.</p><div ref="lines"></div></div>
    <button v-if="!following && unseen" type="button" class="log-new" @click="follow(true)">{{ unseen }} new lines ↓</button></div>`,
};

function draw([at, level, text]) {
  const line = document.createElement("div");
  line.className = `log-line ${level}`;
  for (const [name, value] of [["at", clock(at)], ["lvl", level], ["txt", text]]) {
    const cell = document.createElement("span");
    cell.className = name;
    cell.textContent = value;
    line.append(cell);
  }
  return line;
}

function clock(at) {
  const date = new Date(at * 1000);
  const two = (n) => String(n).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}
