// Follows the system's colour scheme unless this browser chose one, and asks before unsaved changes are left.
(() => {
  const KEY = "orchestra-scheme";
  const media = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  const apply = () => {
    const choice = localStorage.getItem(KEY) || "auto";
    const dark = choice === "dark" || (choice === "auto" && media.matches);
    root.dataset.theme = dark ? "dark" : "light";
    root.dataset.scheme = choice;
    if (document.readyState !== "loading" && window.setDark) window.setDark(dark);
  };
  window.orchestra = {
    unsaved: false,
    choose(scheme) { localStorage.setItem(KEY, scheme); apply(); },
  };
  media.addEventListener("change", apply);
  document.addEventListener("DOMContentLoaded", apply);
  apply();

  addEventListener("beforeunload", (event) => { if (window.orchestra.unsaved) event.preventDefault(); });
  addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href^='/']");
    if (!link || !window.orchestra.unsaved || event.metaKey || event.ctrlKey || event.shiftKey) return;
    if (confirm("Leave without saving your changes?")) window.orchestra.unsaved = false;
    else { event.preventDefault(); event.stopImmediatePropagation(); }
  }, true);

  // Lists: up and down move between rows.
  addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    if (!event.target.matches?.("a.row-link")) return;
    const links = [...event.target.closest("table").querySelectorAll("a.row-link")];
    const next = links[links.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1)];
    if (next) { next.focus(); event.preventDefault(); }
  });
})();
