// Questions that were sent while an answer ran. They stand above the box until it has ended, and go out one by one; Stop
// ends the answer alone. Each chat has its own, and they outlive a reload of the tab.
import { lookSoon, say, texts, whenChanged } from './changes.js';

const QUIET_MS = 400; // between two turns of a chat the page looks idle for a moment
const LOST_MS = 5000; // without word from the server: the connection broke, and it is sent again

const box = () => document.querySelector('#chat-input');
const isBusy = () => document.querySelector('#stop-button') !== null;
const hasFiles = () => document.querySelector('#attachments') !== null;
const chatAt = (path) => path.match(/^\/thread\/([\w-]+)$/)?.[1] ?? '';

const read = () => JSON.parse(sessionStorage.waiting ?? '[]');
const write = (all) => {
  sessionStorage.waiting = JSON.stringify(all);
  lookSoon();
};
const ofThisChat = () => read().filter(({ chat }) => chat === chatAt(location.pathname));

// A chat gets its address after its first question; what waits in it until then is given to it here.
export const adopt = (chat) => write(read().map((one) => (one.chat ? one : { ...one, chat })));

// React takes a text into its box only as if it had been typed.
const type = (text) => {
  Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value').set.call(box(), text);
  box().dispatchEvent(new Event('input', { bubbles: true }));
};

let filesOf; // the address at which what is in the box, with its files, goes out by itself

const queue = async () => {
  const text = box().value.trim();
  if (hasFiles()) filesOf = location.pathname; // only the box can send them
  else if (text) {
    write([...read(), { id: `${Date.now()}-${Math.random()}`, chat: chatAt(location.pathname), text }]);
    type('');
  } else return;
  lookSoon();
  say((await texts).names.queued);
};

const takeBack = (id) => {
  const one = read().find((other) => other.id === id);
  filesOf = undefined;
  write(read().filter((other) => other.id !== id));
  type([one?.text, box().value].filter(Boolean).join('\n'));
  box().focus();
};

// A key that ends the choice of a Chinese word is none of ours, nor Chainlit's, which Safari makes send the half word.
window.addEventListener(
  'keydown',
  (event) => {
    const { target, key, shiftKey, isComposing, keyCode } = event;
    if (target.id !== 'chat-input' || key !== 'Enter' || shiftKey) return;
    const isChoosing = isComposing || keyCode === 229;
    if (!isChoosing && !isBusy()) return;
    event.stopPropagation();
    if (isChoosing) return;
    event.preventDefault();
    queue();
  },
  true
);
window.addEventListener('input', ({ target, isTrusted }) => {
  if (isTrusted && target.id === 'chat-input') filesOf = undefined; // it is not what was meant to go out any more
});

const button = (name, icon, className, act) => {
  const one = Object.assign(document.createElement('button'), { type: 'button', title: name, ariaLabel: name, className });
  one.dataset.icon = icon;
  one.addEventListener('click', act);
  return one;
};

// Beside Stop, for who has no Enter; style.css shows it while there is something to send.
const offerButton = (names) => {
  const place = document.querySelector('#message-composer > :last-child > :last-child');
  if (!place || place.querySelector('#queue-question')) return;
  place.prepend(Object.assign(button(names.queue, 'send', 'round-button', queue), { id: 'queue-question' }));
};

const shownAs = (names, { id, text }) => {
  const item = document.createElement('li');
  item.append(Object.assign(document.createElement('span'), { textContent: text }));
  item.append(button(`${names.takeBack}: ${text}`, 'back', 'quiet-button', () => takeBack(id)));
  return item;
};

const show = ({ names }) => {
  const composer = document.querySelector('#message-composer');
  if (!composer) return;
  offerButton(names);
  const list = document.querySelector('#waiting-questions');
  const all = ofThisChat();
  if (filesOf === location.pathname) all.push({ id: 'files', text: names.queuedFiles });
  const now = JSON.stringify(all);
  if ((list?.dataset.shown ?? '[]') === now) return;
  list?.remove();
  if (!all.length) return;
  const made = Object.assign(document.createElement('ol'), { id: 'waiting-questions', ariaLabel: names.queued });
  made.dataset.shown = now;
  made.dataset.title = names.queued;
  made.append(...all.map((one) => shownAs(names, one)));
  composer.before(made);
};

let idleSince, sent;
const sendNext = () => {
  const [next] = ofThisChat();
  const isFiles = !next && filesOf === location.pathname;
  if (isBusy() || !box() || document.querySelector('#session-error')) return (idleSince = undefined);
  if (!next?.chat && !isFiles) return;
  idleSince ??= Date.now();
  setTimeout(lookSoon, QUIET_MS); // until it is gone
  const isOnItsWay = next && next.id === sent?.id && Date.now() - sent.at < LOST_MS;
  if (Date.now() - idleSince < QUIET_MS || isOnItsWay) return;
  if (isFiles) return document.querySelector('#chat-submit:enabled')?.click();
  sent = { id: next.id, at: Date.now() };
  // web/server/connection.py hears it, and takes it only for the chat that it names: any window may post a message to this one.
  window.postMessage({ ask: next.text, number: next.id, thread: next.chat }, location.origin);
};
window.addEventListener('click', ({ target }) => target.closest?.('#chat-submit') && (filesOf = undefined));
window.addEventListener('message', ({ origin, source, data }) => {
  if (origin !== location.origin || source !== window || !data?.taken) return;
  idleSince = undefined;
  write(read().filter(({ id }) => id !== data.taken));
});

whenChanged((translation) => {
  show(translation);
  sendNext();
});
