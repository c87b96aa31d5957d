// The list of chats: which one is open, its name in the tab's title, and its dialogs.
import { lookSoon, whenChanged } from './changes.js';

const APP = document.title;
const known = new Map(); // the names of chats, for where the list is not on the screen

const chatHere = () => location.pathname.match(/^\/thread\/([\w-]+)$/)?.[1];

// What the server says of a chat that was opened again (app.py).
export const learn = (chat, name) => {
  known.set(chat, name);
  lookSoon();
};

const markOpen = () => {
  for (const link of document.querySelectorAll('#thread-history a')) {
    const [, chat] = link.closest('li').id.match(/^thread-(.+)$/);
    known.set(chat, link.textContent.trim());
    const isOpen = chat === chatHere();
    if (isOpen) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
    const button = link.querySelector('[data-sidebar=menu-button]');
    if (button && button.dataset.active !== String(isOpen)) button.dataset.active = isOpen; // its own way to show that
  }
};

const setTitle = () => {
  const asked = document.querySelector('.step[data-step-type=user_message] .message-content')?.textContent; // names a chat
  const name = chatHere() && (known.get(chatHere()) ?? asked);
  const title = name ? `${name.trim().slice(0, 80)} · ${APP}` : APP;
  if (document.title !== title) document.title = title;
};

const mend = ({ names, threadHistory }) => {
  markOpen();
  setTitle();
  const list = document.querySelector('#thread-history')?.parentElement;
  if (list && list.role !== 'presentation') list.role = 'presentation'; // else a list of which no child is an item
  const none = document.querySelector('#thread-history [role=status] p');
  if (none && none.textContent !== names.noChats) none.textContent = names.noChats;
};

whenChanged((translation) => {
  mend(translation);
  deleteWord = translation.threadHistory.thread.menu.delete;
  deleteTitle = translation.names.deleteChat;
});

let deleteWord, deleteTitle;
const nameDeletion = (name) => {
  const dialog = document.querySelector('[role=alertdialog]');
  if (!dialog) return;
  dialog.dataset.deletes = name;
  dialog.querySelector('h2').textContent = deleteTitle.replace('{name}', () => name);
  dialog.querySelector('button:last-of-type').textContent = deleteWord;
};

window.addEventListener(
  'click',
  ({ target }) => {
    if (!target.closest?.('#delete-thread')) return;
    const name = document.querySelector('#thread-options[data-state=open]')?.parentElement.textContent.trim() ?? '';
    setTimeout(() => nameDeletion(name)); // the dialog comes with the click
  },
  true
);

window.addEventListener('keydown', ({ target, key, isComposing, keyCode }) => {
  if (key !== 'Enter' || isComposing || keyCode === 229 || !target.matches?.('[role=dialog] #name')) return;
  target.closest('[role=dialog]').querySelector('button[type=button]:last-child:not(.absolute)').click();
});
