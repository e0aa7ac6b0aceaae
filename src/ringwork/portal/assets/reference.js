// Shows the document the page names. Nothing can be called from here: the page may connect to its own site only.
"use strict";
const page = document.getElementById("reference");
const nothing = () => () => null;
// Where nothing is called, nobody is asked for credentials; the page itself says which ones there are.
const readOnly = () => ({ wrapComponents: { authorizeBtn: nothing, authorizeOperationBtn: nothing } });
SwaggerUIBundle({
  url: new URL(page.dataset.document, document.baseURI).href,
  domNode: page,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  docExpansion: page.dataset.expansion,
  filter: true,
  plugins: [readOnly],
  queryConfigEnabled: false,
  supportedSubmitMethods: [],
  validatorUrl: null,
});
