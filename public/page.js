import './page/windows.js';
import { texts, whenChanged } from './page/changes.js';
import { adopt } from './page/queue.js';
import { learn } from './page/sidebar.js';
import './page/reading.js';

// Chainlit's setting knows only light and dark; a person who has chosen neither gets the theme of their system.
localStorage.getItem('vite-ui-theme') ?? localStorage.setItem('vite-ui-theme', 'system');

// The rule and the tags of web/texts/languages.py.
document.documentElement.lang = /^zh/i.test(navigator.language) ? 'zh-CN' : 'en-US';

// Nobody being logged in is no failure: asked in this way, the server does not answer as if it were one (web/auth/login.py).
const { fetch } = window;
window.fetch = (asked, ...rest) => fetch(String(asked).endsWith('/user') ? `${asked}?page` : asked, ...rest);

// Two things that Chainlit's libraries tell at each start, and that are right here: until it knows which files may come,
// it names kinds of its own; and the sidebar of a phone gets its name below, after they have looked for one.
for (const way of ['warn', 'error']) {
  const tell = console[way];
  console[way] = (...said) => /^Skipped "application\/|DialogTitle|Missing `Description`/.test(said[0]) || tell(...said);
}

// A link to a chat leads to the login, and so does a page that is looked at while the server restarts. After the login
// Chainlit opens a new chat.
const loadedAt = location.pathname;
const noteWhere = () => {
  if (location.pathname.startsWith('/thread/')) sessionStorage.asked = location.pathname;
};
noteWhere();
window.addEventListener('pagehide', noteWhere);
const query = new URLSearchParams(location.search);
const next = query.get('next') ?? ''; // an address of ours that the server has led away from (web/chat/transcript_routes.py)
if (/^\/(import$|chats\/|kept\/)[\w./-]*$/.test(next)) sessionStorage.asked = next;
const goWhereAsked = () => {
  if (!sessionStorage.asked || !document.querySelector('#chat-input')) return;
  const { asked } = sessionStorage;
  delete sessionStorage.asked;
  if (loadedAt.startsWith('/login') && asked !== loadedAt) location.replace(asked);
};

// A guest whose link is over has no name and no password: the login shows why the page is gone, and no form.
const isOver = loadedAt === '/login' && ['demoOver', 'linkEnded'].includes(query.get('error'));
document.documentElement.toggleAttribute('data-over', isOver);

// Settings that were refused (app.py): the panel opens again, and says why for as long as it is open. Whoever leaves it
// without confirming gets what holds.
let refusal = '';
let isRefused = false; // the open panel holds what was refused
const openAgain = (told) => {
  if (document.querySelector('#chat-settings')) return setTimeout(openAgain, 50, told); // the one that was confirmed closes
  refusal = told;
  document.querySelector('#chat-settings-open-modal')?.click();
};
const showRefusal = () => {
  const panel = document.querySelector('#chat-settings');
  if (panel && refusal && !panel.querySelector('.refusal')) {
    const told = Object.assign(document.createElement('p'), { className: 'refusal', role: 'alert', textContent: refusal });
    told.setAttribute('role', 'alert');
    panel.querySelector('#confirm')?.parentElement.before(told);
    panel.querySelector('#confirm')?.addEventListener('click', () => ((refusal = ''), (isRefused = false)));
    isRefused = true;
  }
  if (!panel && isRefused) {
    refusal = '';
    isRefused = false;
    window.postMessage({ settings: 'restore' }, location.origin);
  }
};

// Names for a screen reader, where Chainlit gives a control only a picture or an English name. They come from the
// translation that the page reads itself, so that a control is called what its tooltip says, in the page's language.
(async () => {
  const { chat, names, navigation, threadHistory } = await texts;
  const { actions, filters, title } = threadHistory.sidebar;

  const fixed = {
    '#new-chat-button': navigation.newChat.button,
    '#search-chats-button, [role=dialog] > [cmdk-root] input': filters.search,
    '[role=dialog] > [cmdk-root] [role=listbox], [role=dialog][data-sidebar]': title,
    '[data-sidebar=rail]': actions.close,
    '#theme-toggle': names.theme,
    '#user-nav-button': names.account,
    '#chat-settings-open-modal': chat.settings.title,
    '#upload-button': chat.input.actions.attachFiles,
    '#stop-button': chat.input.actions.stop,
    '#chat-submit': chat.input.actions.send,
    '.edit-message': names.edit,
    '#edit-chat-input': names.edit,
    'button:has(> svg.lucide-copy)': chat.messages.actions.copy.button,
    'button:has(> svg.lucide-thumbs-up)': chat.messages.feedback.positive,
    'button:has(> svg.lucide-thumbs-down)': chat.messages.feedback.negative,
    'button:has(> svg.lucide-arrow-down)': names.toBottom,
    '#password + button': names.showPassword,
    '[role=dialog] > button:has(> .sr-only)': names.close,
    'section:has(> [data-sonner-toaster])': names.notifications,
  };
  const found = {
    '#sidebar-trigger-button': (one) => (one.closest('[data-sidebar]') ? actions.close : actions.open),
    '#chat-profiles': (one) => one.textContent,
    '[data-sidebar=menu-item] :is(a, a > button)': (one) => one.textContent,
    '#thread-options': (one) => `${names.chatMenu}: ${one.parentElement.textContent}`,
    '[role=menu]': () => document.querySelector('[aria-haspopup=menu][aria-expanded=true]')?.ariaLabel,
    // The label of a slider or of the list of tools, and a chosen tool beside the button that takes it away.
    '#chat-settings :is([role=slider], [cmdk-input])': (one) =>
      one.closest('.space-y-2')?.querySelector('label')?.firstChild.textContent,
    '#chat-settings button.ml-1:has(> svg.lucide-x)': (one) => `× ${one.parentElement.textContent}`,
  };
  const named = [...Object.entries(fixed).map(([which, name]) => [which, () => name]), ...Object.entries(found)];
  // Pictures beside what they show.
  const pictures = '#starters img, #chat-profiles img, #welcome-screen img.rounded-full, .ai-message img[alt^="Avatar"]';

  whenChanged(() => {
    goWhereAsked();
    showRefusal();
    const form = isOver && document.querySelector('#root form');
    if (form && !document.querySelector('#other-login')) {
      form.after(Object.assign(document.createElement('a'), { id: 'other-login', href: '/login?as=member', textContent: names.otherLogin }));
    }
    for (const title of document.querySelectorAll('[data-sonner-toast] [data-title]')) {
      const [asked, why] = title.textContent.match(/^Couldn't resume chat(?:: (.*))?$/s) ?? []; // in no translation
      if (asked) title.textContent = why === 'Thread not found.' ? names.noChat : (why ?? names.chatNotOpened);
    }
    for (const [which, text] of named) {
      for (const one of document.querySelectorAll(which)) {
        const name = text(one)?.trim() || one.id;
        if (one.ariaLabel !== name) one.ariaLabel = name;
      }
    }
    document.querySelectorAll(pictures).forEach((one) => (one.alt = ''));
    document.querySelector('#upload-button')?.removeAttribute('role'); // Chainlit calls it presentation
    if (!document.querySelector('main')) document.querySelector('#header + div')?.setAttribute('role', 'main');
    // A chat in the sidebar is a link around a button around its menu's, which no key reaches.
    for (const menu of document.querySelectorAll('#thread-options:not([role])')) {
      Object.assign(menu, { role: 'button', tabIndex: 0 });
      Object.assign(menu.parentElement, { role: 'group', tabIndex: -1 });
    }
    // Beside the search of kept chats: the page that opens an exported one (web/chat/transcript_routes.py).
    const search = document.querySelector('#search-chats-button');
    if (search && !document.querySelector('#import-chat')) {
      const link = Object.assign(document.createElement('a'), { id: 'import-chat', href: '/import', title: names.import });
      link.ariaLabel = names.import;
      link.className = search.className;
      search.after(link);
    }
    for (const [field, kind] of [['email', 'username'], ['password', 'current-password']]) {
      document.querySelector(`form #${field}:not([autocomplete])`)?.setAttribute('autocomplete', kind);
    }
    // The list of tools says that it is open, and where, also while it is not.
    for (const input of document.querySelectorAll('#chat-settings [cmdk-input]')) {
      const list = input.closest('[cmdk-root]').querySelector('[cmdk-list]');
      input.ariaExpanded = String(list !== null);
      if (list) input.setAttribute('aria-controls', list.id);
      else input.removeAttribute('aria-controls');
    }
  });
})();

// Each frame of a long answer keeps the page from drawing what is typed, so the server is told to send fewer (web/server/connection.py).
let told = 0;
window.addEventListener('keydown', ({ target, timeStamp }) => {
  if (target.id !== 'chat-input' || timeStamp - told < 1000) return;
  told = timeStamp;
  window.postMessage({ typing: true }, location.origin);
});

// What the server tells the page, and nobody else may: which export of its chat to download (web/chat/transcript_routes.py); under which
// address the chat is kept (web/chat/saved_chats.py), since on a phone Chainlit leaves the address as it is, and a reload would show
// an empty chat; what a chat that was opened again is called (app.py); that its chat was deleted
// (web/chat/state.py), which Chainlit opens again while it asks for that; that its login has ended (web/auth/expiry.py),
// which the login explains; and why its settings were refused (app.py).
window.addEventListener('message', ({ origin, source, data }) => {
  if (origin !== location.origin || source !== window) return;
  if (/^\/chats\/[\w-]+\/export\.(md|json)$/.test(data?.download ?? '')) {
    const link = document.createElement('a');
    link.href = data.download;
    link.download = '';
    link.click();
  }
  if (/^[\w-]+$/.test(data?.thread ?? '')) {
    if (data.name) learn(data.thread, data.name);
    else if (!data.ask) adopt(data.thread);
    if (location.pathname === '/') history.replaceState(history.state, '', `/thread/${data.thread}`);
  }
  if (data?.gone) location.replace('/');
  if (data?.ended) location.replace('/login');
  if (data?.refused) openAgain(String(data.refused));
});

// An answer's Copy button gives what the model wrote, of which the page has another form (web/render, web/chat/transcript_routes.py).
const { clipboard } = navigator; // which a page without https has not
let written;
document.addEventListener(
  'click',
  ({ target }) => {
    const button = target.closest?.('button:has(> svg.lucide-copy)');
    const step = !button?.closest('.message-content') && button?.closest('[id^="step-"]');
    const [, chat] = location.pathname.match(/^\/thread\/([\w-]+)/) ?? [];
    written = step && chat && `/chats/${chat}/steps/${step.id.slice('step-'.length)}`;
  },
  true,
);
if (clipboard?.write) {
  const write = clipboard.write.bind(clipboard);
  clipboard.write = ([item]) => {
    if (!written) return write([item]);
    const asked = fetch(written).then((answer) => (answer.ok ? answer.text() : Promise.reject(answer.status)));
    const text = asked.then((said) => new Blob([said], { type: 'text/plain' })).catch(() => item.getType('text/plain'));
    return write([new ClipboardItem({ 'text/plain': text, 'text/html': item.getType('text/html') })]);
  };
}
