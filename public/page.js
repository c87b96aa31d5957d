// Chainlit's setting knows only light and dark; a person who has chosen neither gets the theme of their system.
localStorage.getItem('vite-ui-theme') ?? localStorage.setItem('vite-ui-theme', 'system');

// Names for a screen reader where Chainlit gives a control only a picture. They are the page's own words, from the
// translation that it reads itself, so that a control is called what its tooltip says, in the page's language.
(async () => {
  const answer = await fetch(`/project/translations?language=${encodeURIComponent(navigator.language || 'en-US')}`);
  const { chat, navigation } = (await answer.json()).translation;

  const byPicture = {
    '#new-chat-button': navigation.newChat.button,
    '#chat-settings-open-modal': chat.settings.title,
    '#upload-button': chat.input.actions.attachFiles,
    '#stop-button': chat.input.actions.stop,
    '#chat-submit': chat.input.actions.send,
    'button:has(> svg.lucide-copy)': chat.messages.actions.copy.button,
    'button:has(> svg.lucide-thumbs-up)': chat.messages.feedback.positive,
    'button:has(> svg.lucide-thumbs-down)': chat.messages.feedback.negative,
  };
  const named = [
    ...Object.entries(byPicture).map(([which, name]) => [which, () => name]),
    ['#chat-profiles', (one) => one.textContent],
    // A slider's own label, and a chosen tool beside the button that takes it away, stand next to them.
    ['#chat-settings [role=slider]', (one) => one.closest('.space-y-2')?.querySelector('label')?.firstChild.textContent],
    ['#chat-settings button.ml-1:has(> svg.lucide-x)', (one) => `× ${one.parentElement.textContent}`],
  ];

  const name = () => {
    waiting = undefined;
    for (const [which, text] of named) {
      for (const one of document.querySelectorAll(`${which}:not([aria-label])`)) {
        one.setAttribute('aria-label', text(one)?.trim() || one.id);
      }
    }
    // A profile's name changes under its control; a picture beside its own name says it twice; the page has a main part.
    const profiles = document.querySelector('#chat-profiles');
    if (profiles && profiles.getAttribute('aria-label') !== profiles.textContent) {
      profiles.setAttribute('aria-label', profiles.textContent);
    }
    document.querySelectorAll('#starters img, #chat-profiles img, #welcome-screen img.rounded-full').forEach((one) => {
      if (one.alt || !one.hasAttribute('alt')) one.alt = '';
    });
    document.querySelector('#upload-button')?.removeAttribute('role'); // Chainlit calls it presentation
    if (!document.querySelector('main')) document.querySelector('#header + div')?.setAttribute('role', 'main');
  };
  let waiting = setTimeout(name);
  new MutationObserver(() => (waiting ??= setTimeout(name, 200))).observe(document.body, { childList: true, subtree: true });
})();

// What exports.py and keeping.py tell the page: which export of its chat to download, and under which address the chat
// is kept. On a phone Chainlit leaves the address as it is, and a reload would show an empty chat. Nobody else may.
window.addEventListener('message', ({ origin, source, data }) => {
  if (origin !== location.origin || source !== window) return;
  if (/^\/chats\/[\w-]+\/export\.(md|json)$/.test(data?.download ?? '')) {
    const link = document.createElement('a');
    link.href = data.download;
    link.download = '';
    link.click();
  }
  if (/^[\w-]+$/.test(data?.thread ?? '') && location.pathname === '/') {
    history.replaceState(history.state, '', `/thread/${data.thread}`);
  }
});
