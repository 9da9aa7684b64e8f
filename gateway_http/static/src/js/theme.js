// Runs before the first paint, so that the page does not flash in the wrong theme. The cookie wins over the browser.
(() => {
  const chosen = document.cookie.match(/(?:^|; )theme=(light|dark)(?:;|$)/);
  const dark = chosen ? chosen[1] === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.bsTheme = dark ? "dark" : "light";
})();
