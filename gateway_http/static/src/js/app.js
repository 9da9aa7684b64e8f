// What every page needs. Behaviour is attached by data attributes and by delegation, so swapped-in content works too.
(() => {
  const YEAR_SECONDS = 365 * 24 * 3600;

  function setCookie(name, value) {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `${name}=${value}; Path=/; Max-Age=${YEAR_SECONDS}; SameSite=Lax${secure}`;
  }

  function switchTheme() {
    const root = document.documentElement;
    root.dataset.bsTheme = root.dataset.bsTheme === "dark" ? "light" : "dark";
    setCookie("theme", root.dataset.bsTheme);
  }

  async function copy(button) {
    const field = document.getElementById(button.dataset.copy);
    field.select();
    if (navigator.clipboard) await navigator.clipboard.writeText(field.value);
    else document.execCommand("copy");
    button.textContent = button.dataset.copied;
  }

  // Rows of a form: the button names the <template> of a new one and the block that it goes to.
  function addRow(button) {
    const rows = document.getElementById(button.dataset.to);
    rows.append(document.getElementById(button.dataset.addRow).content.cloneNode(true));
    rows.lastElementChild.querySelector("input").focus();
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-switch-theme]")) switchTheme();
    if (event.target.matches("[data-copy]")) copy(event.target);
    const generator = event.target.closest("[data-new-password]");
    if (generator) newPassword(generator);
    const added = event.target.closest("[data-add-row]");
    if (added) addRow(added);
    const removed = event.target.closest("[data-remove-row]");
    if (removed) removed.closest("[data-row]").remove();
    const language = event.target.closest("[data-set-language]");
    if (language) {
      setCookie("language", language.dataset.setLanguage);
      location.reload();
    }
  });

  // One dialog serves all rows of a list: the button that opens it says what it is about.
  document.addEventListener("show.bs.modal", (event) => {
    for (const place of event.target.querySelectorAll("[data-mirror]")) {
      place.textContent = document.getElementById(place.dataset.mirror).value;
    }
    const button = event.relatedTarget;
    if (!button || !button.dataset.action) return;
    const form = event.target.querySelector("form");
    form.action = button.dataset.action;
    for (const place of form.querySelectorAll("[data-fill]")) {
      const text = button.dataset[place.dataset.fill] || "";
      if (place.matches("input, select, textarea")) place.value = text;
      else place.textContent = text;
    }
    // What was said of a form that came back is not about the one that opens now.
    for (const said of form.querySelectorAll(".alert-danger, .invalid-feedback")) said.remove();
    for (const field of form.querySelectorAll(".is-invalid")) {
      field.classList.remove("is-invalid");
      field.removeAttribute("aria-invalid");
    }
  });
  document.addEventListener("shown.bs.modal", (event) => {
    const first = event.target.querySelector(".is-invalid, input:not([type=hidden]):not([disabled]), textarea, select");
    if (first) first.focus();
  });

  // 16 of 56 letters and digits that nobody takes for others: 92 bits. Bytes that would favour some of them are left out.
  const PASSWORD_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";

  function newPassword(button) {
    const field = document.getElementById(button.dataset.newPassword);
    const even = 256 - (256 % PASSWORD_LETTERS.length);
    const bytes = [...crypto.getRandomValues(new Uint8Array(64))].filter((byte) => byte < even).slice(0, 16);
    field.value = bytes.map((byte) => PASSWORD_LETTERS[byte % PASSWORD_LETTERS.length]).join("");
    field.focus();
    field.select();
  }

  // Marks of a list: the form with data-marks names the boxes; what is said of their number stands in [data-marked-count].
  function countMarks() {
    const form = document.querySelector("form[data-marks]");
    if (!form) return;
    // `form.id` is the boxes themselves where these are called «id».
    const boxes = [...document.querySelectorAll(`input[form="${form.getAttribute("id")}"][name="${form.dataset.marks}"]`)];
    const marked = boxes.filter((box) => box.checked).length;
    const all = form.querySelector("[name=scope]:checked");
    for (const place of document.querySelectorAll("[data-marked-count]")) place.textContent = all ? all.dataset.count : marked;
    for (const button of document.querySelectorAll("[data-needs-marks]")) button.disabled = !all && marked === 0;
    for (const head of document.querySelectorAll("[data-mark-all]")) {
      head.checked = boxes.length > 0 && marked === boxes.length;
      head.indeterminate = marked > 0 && marked < boxes.length;
    }
  }
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-mark-all]")) {
      for (const box of document.querySelectorAll(`input[form][name="${event.target.dataset.markAll}"]`)) box.checked = event.target.checked;
    }
    countMarks();
  });

  // A second click must not send the same form twice; the server's idempotency key is the other half of this.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  function trouble(kind) {
    const box = document.getElementById("trouble");
    if (!box) return;
    box.textContent = box.dataset[kind];
    box.hidden = false;
    clearTimeout(trouble.timer);
    trouble.timer = setTimeout(() => { box.hidden = true; }, 6000);
  }
  document.addEventListener("htmx:error", () => trouble("offline"));
  document.addEventListener("htmx:response:error", (event) => {
    const status = event.detail.ctx.response.status;
    if (status === 429) trouble("busy");
    else if (status >= 500) trouble("offline");
  });

  // GSM 03.38: a character outside of this set makes the whole message UCS-2; those of the extension count twice.
  const GSM = new Set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà");
  const GSM_EXTENSION = new Set("\f^{}\\[~]|€");

  function countParts(text) {
    const letters = [...text];
    const gsm = letters.every((letter) => GSM.has(letter) || GSM_EXTENSION.has(letter));
    const units = gsm ? letters.reduce((sum, letter) => sum + (GSM_EXTENSION.has(letter) ? 2 : 1), 0) : text.length;
    const [single, joined] = gsm ? [160, 153] : [70, 67];
    return { units, parts: units <= single ? Math.min(units, 1) : Math.ceil(units / joined) };
  }

  function showParts(field) {
    const place = document.getElementById(field.dataset.countParts);
    const { units, parts } = countParts(field.value.replace(/\r\n/g, "\n"));
    place.textContent = units ? `${place.dataset.characters}: ${units} · ${place.dataset.parts}: ${parts}` : "";
  }

  function showRecipients(field) {
    const place = document.getElementById(field.dataset.countRecipients);
    const count = field.value.split(/[\n,;]+/).filter((item) => /\d/.test(item)).length;
    place.textContent = count ? `${place.dataset.label}: ${count}` : "";
  }

  function refreshCounters(field) {
    if (field.dataset.countParts) showParts(field);
    if (field.dataset.countRecipients) showRecipients(field);
  }
  document.addEventListener("input", (event) => refreshCounters(event.target));

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-count-parts], [data-count-recipients]").forEach(refreshCounters);
    countMarks();
    const open = document.querySelector(".modal[data-open-now]");
    if (open) window.tabler.Modal.getOrCreateInstance(open).show();
    document.querySelector(".tab[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
    const wrong = document.querySelector("main form .is-invalid");
    if (wrong && !open) wrong.focus();
  });
})();
