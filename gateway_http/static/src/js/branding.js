// The pictures of «Дополнительные настройки» follow the fields as one types. Colours are computed by the server, which
// alone knows which text reads on them; nothing is saved by that.
(() => {
  const PAUSE_MS = 150;
  const MOST_LOGO_BYTES = 5 * 1024 * 1024;
  const form = document.getElementById("branding");
  if (!form) return;
  const all = (selector) => document.querySelectorAll(selector);
  const kept = document.querySelector("[data-logo-kept]");
  const hex = (text) => (/^#?[0-9a-f]{6}$/i.test(text.trim()) ? `#${text.trim().replace("#", "").toLowerCase()}` : "");
  let asked = 0;
  let timer = 0;

  function showName() {
    const name = form.elements.name.value.trim();
    for (const place of all("[data-preview-name]")) place.textContent = name;
    for (const place of all("[data-preview-letter]")) place.textContent = ([...name][0] || "G").toUpperCase();
  }

  function showLogo(source) {
    for (const picture of all("[data-preview-logo]")) {
      picture.hidden = !source;
      if (source) picture.src = source;
      else picture.removeAttribute("src");
    }
    for (const place of all("[data-preview-letter], [data-preview-name]")) place.hidden = Boolean(source);
  }

  function chooseLogo() {
    const file = form.elements.logo.files[0];
    const deleted = form.elements.logo_delete;
    if (!file) showLogo(kept && !(deleted && deleted.checked) ? kept.src : "");
    else if (/^image\/(png|jpeg|webp)$/.test(file.type) && file.size <= MOST_LOGO_BYTES) {
      const reader = new FileReader();
      reader.onload = () => showLogo(reader.result);
      reader.readAsDataURL(file);
    }
  }

  async function showColours() {
    const mine = (asked += 1);
    const query = new URLSearchParams();
    for (const field of form.querySelectorAll("[data-colour]")) query.set(field.name, field.value);
    const response = await fetch(`${form.dataset.previewUrl}?${query}`, { headers: { Accept: "application/json" } });
    if (!response.ok || mine !== asked) return;
    const { variables, problems } = await response.json();
    for (const frame of all("[data-preview]")) {
      for (const [name, value] of Object.entries(variables)) frame.style.setProperty(name, value);
    }
    for (const place of all("[data-problem-of]")) {
      // What the server said of the form that came back stands there already.
      const said = document.getElementById(`f-${place.dataset.problemOf}-error`);
      place.textContent = said ? "" : problems[place.dataset.problemOf] || "";
    }
  }

  form.addEventListener("input", (event) => {
    const field = event.target;
    if (field.name === "name") showName();
    if (field.dataset.colourOf) document.getElementById(field.dataset.colourOf).value = field.value.slice(1);
    const picker = field.matches("[data-colour]") && document.getElementById(`${field.id}-pick`);
    if (picker && hex(field.value)) picker.value = hex(field.value);
    if (!picker && !field.dataset.colourOf) return;
    // What was said of the colour before is not about this one.
    document.getElementById(`${field.dataset.colourOf || field.id}-error`)?.remove();
    clearTimeout(timer);
    timer = setTimeout(() => showColours().catch(() => {}), PAUSE_MS);
  });
  form.addEventListener("change", (event) => {
    if (["logo", "logo_delete"].includes(event.target.name)) chooseLogo();
  });
  showColours().catch(() => {});
})();
