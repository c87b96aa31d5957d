// No other window speaks to this page, and it speaks to none. Chainlit posts what the server says to `parent`, whoever
// that is, and takes messages from any window. This comes first: a capturing listener is called before Chainlit's.
window.parent = window;
window.opener = null;
window.addEventListener(
  'message',
  (event) => {
    if (event.source !== window || event.origin !== location.origin) event.stopImmediatePropagation();
  },
  true
);
