// What the parts of this page share: its texts, a look at each change of it, and a voice for what only the eye would see.

// From the translation that the page reads itself, so that a thing is called the same everywhere.
export const texts = fetch(`/project/translations?language=${encodeURIComponent(navigator.language || 'en-US')}`).then(
  async (answer) => (await answer.json()).translation
);

const looks = [];
let waiting;
const look = () => {
  waiting = undefined;
  for (const one of looks) one();
};

// Look soon, as after a change; for what changes no element, such as the address.
export const lookSoon = () => (waiting ??= setTimeout(look, 200));

// Calls `mend` with the page's texts now and after each change of the page, at most five times a second.
export const whenChanged = async (mend) => {
  const translation = await texts;
  looks.push(() => mend(translation));
  look();
};

new MutationObserver(lookSoon).observe(document.body, { childList: true, subtree: true });
window.addEventListener('resize', lookSoon);

// Told to a screen reader.
const voice = Object.assign(document.createElement('div'), { role: 'status', className: 'sr-only' });
document.body.append(voice);
export const say = (text) => (voice.textContent = text);
