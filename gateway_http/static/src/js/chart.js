// Draws the time series of a page with uPlot; the numbers stand in a JSON block beside the empty box.
(() => {
  const drawn = new Map();

  function colour(name) {
    const probe = document.createElement("span");
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    const value = getComputedStyle(probe).color;
    probe.remove();
    return value;
  }

  const TONES = { accent: "--tblr-primary", green: "--golub-green" };

  function options(box, data, dates) {
    const axis = colour("--tblr-secondary-color");
    const grid = colour("--tblr-border-color-translucent");
    const day = new Intl.DateTimeFormat(data.locale, { day: "numeric", month: "short", timeZone: "UTC" });
    const number = new Intl.NumberFormat(data.locale);
    const bars = window.uPlot.paths.bars({ size: [0.6, 28], radius: 0.15 });
    const font = '12px "Inter Variable", system-ui, sans-serif';
    const short = dates.length < 3;
    const series = data.series.map((one, index) => {
      const stroke = colour(TONES[one.tone]);
      const fill = stroke.replace("rgb(", "rgba(").replace(")", index || short ? ", 0.85)" : ", 0.14)");
      return {
        label: one.label, stroke, fill: index && !short ? undefined : fill, width: short ? 0 : 2,
        paths: short ? bars : undefined, points: { show: false }, value: (_, value) => (value == null ? "—" : number.format(value)),
      };
    });
    return {
      width: box.clientWidth, height: 260, tzDate: (seconds) => new Date(seconds * 1000),
      // A single day has no width of its own: half a day on both sides gives its bar a place.
      scales: { x: { time: true, range: (_, low, high) => (short ? [dates[0] - 43200, dates.at(-1) + 43200] : [low, high]) }, y: { range: (_, low, high) => [0, Math.max(high * 1.1, 1)] } },
      cursor: { points: { size: 7 }, drag: { x: false, y: false } },
      series: [{ label: data.label, value: (_, seconds) => (seconds == null ? "" : day.format(seconds * 1000)) }, ...series],
      axes: [
        { stroke: axis, font, grid: { show: false }, ticks: { show: false }, space: 64, incrs: [1, 2, 3, 7, 14, 30, 91].map((days) => days * 86400), values: (_, marks) => marks.map((seconds) => day.format(seconds * 1000)) },
        { stroke: axis, font, grid: { stroke: grid, width: 1 }, ticks: { show: false }, size: 64, values: (_, marks) => marks.map((mark) => (Number.isInteger(mark) ? number.format(mark) : "")) },
      ],
    };
  }

  function draw(box) {
    const source = document.getElementById(box.dataset.chart);
    if (!source || !box.clientWidth) return;
    const data = JSON.parse(source.textContent);
    const dates = data.days.map((text) => Date.parse(`${text}T00:00:00Z`) / 1000);
    drawn.get(box)?.destroy();
    drawn.set(box, new window.uPlot(options(box, data, dates), [dates, ...data.series.map((one) => one.values)], box));
  }

  function drawAll() {
    for (const box of drawn.keys()) if (!box.isConnected) { drawn.get(box).destroy(); drawn.delete(box); }
    document.querySelectorAll("[data-chart]").forEach(draw);
  }

  let waiting;
  addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(drawAll, 150); });
  new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
  document.addEventListener("htmx:after:swap", drawAll);
  drawAll();
})();
