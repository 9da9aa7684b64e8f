// The API reference: Swagger UI from our own files. It follows the theme of the page by a class on <html>.
(() => {
  const place = document.getElementById("api-docs");
  const root = document.documentElement;
  const follow = () => root.classList.toggle("dark-mode", root.dataset.bsTheme === "dark");
  follow();
  new MutationObserver(follow).observe(root, { attributeFilter: ["data-bs-theme"] });
  window.SwaggerUIBundle({
    url: place.dataset.openapi, domNode: place, deepLinking: true, docExpansion: "list", defaultModelsExpandDepth: 0,
    presets: [window.SwaggerUIBundle.presets.apis], layout: "BaseLayout", validatorUrl: null, persistAuthorization: false,
  });
})();
