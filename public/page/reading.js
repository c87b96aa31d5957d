// An answer as it is read: by a screen reader, by keys alone, in the page's language, and to its last line.
import { whenChanged } from './changes.js';

const SCROLLERS = '.message-content :is(pre > code, div:has(> table), div:has(> code), .katex-display)';

const nameOf = (one, names) => {
  if (one.matches('.katex-display')) return names.formula;
  const heads = [...one.querySelectorAll('th')].map((cell) => cell.textContent.trim()).filter(Boolean);
  if (heads.length) return names.tableOf.replace('{columns}', () => heads.slice(0, 3).join(', '));
  const language = one.className.match(/language-(\w+)/)?.[1];
  return language ? names.codeIn.replace('{language}', language) : one.querySelector('table') ? names.table : names.code;
};

// What is wider than its place is a region with a name, to which a key leads and in which arrows scroll.
const openToKeys = (names) => {
  for (const one of document.querySelectorAll(SCROLLERS)) {
    const isWide = one.scrollWidth > one.clientWidth + 1;
    if (isWide === (one.tabIndex === 0)) continue;
    if (isWide) Object.assign(one, { tabIndex: 0, role: 'region', ariaLabel: nameOf(one, names) });
    else for (const name of ['tabindex', 'role', 'aria-label']) one.removeAttribute(name);
  }
};

// Chainlit shows by the side alone who said what.
const nameSpeakers = (names) => {
  const said = { user_message: names.youSaid, assistant_message: names.assistantSaid };
  for (const [kind, name] of Object.entries(said)) {
    for (const step of document.querySelectorAll(`.step[data-step-type=${kind}]:not(:has(> .sr-only))`)) {
      step.prepend(Object.assign(document.createElement('span'), { className: 'sr-only', textContent: name }));
    }
  }
};

// A new answer is read out once it is whole, not word for word.
const announce = (names) => {
  const log = document.querySelector(':is(.step, #welcome-screen)')?.parentElement;
  if (!log) return;
  const isBusy = String(document.querySelector('#stop-button') !== null);
  if (log.role !== 'log') Object.assign(log, { role: 'log', ariaLabel: names.conversation, ariaLive: 'polite' });
  if (log.ariaBusy !== isBusy) log.ariaBusy = isBusy;
};

// The Markdown library writes footnotes in English, and gives those of each answer the same ids.
const mendFootnotes = (names) => {
  for (const step of document.querySelectorAll('.step:has([data-footnotes])')) {
    const mark = `-${step.querySelector('[id^=step-]').id}`;
    for (const one of step.querySelectorAll('#footnote-label, [id^=user-content-fn]')) {
      if (!one.id.endsWith(mark)) one.id += mark;
    }
    for (const link of step.querySelectorAll('[data-footnote-ref], [data-footnote-backref]')) {
      const target = link.getAttribute('href');
      if (!target.endsWith(mark)) link.setAttribute('href', target + mark);
      if (link.matches('[data-footnote-ref]')) link.setAttribute('aria-describedby', `footnote-label${mark}`);
    }
    const title = step.querySelector('[data-footnotes] > h2');
    if (title && title.textContent !== names.footnotes) title.textContent = names.footnotes;
    for (const link of step.querySelectorAll('[data-footnote-backref]')) {
      const name = names.backTo.replace('{number}', link.ariaLabel.match(/[\d-]+$/)?.[0] ?? '');
      if (/^Back to/.test(link.ariaLabel) && link.ariaLabel !== name) link.ariaLabel = name;
    }
  }
};

// Who has read to the end stays there when the box grows, a question waits above it, or buttons come below the answer.
const sizes = new ResizeObserver(() => {
  for (const [scroller, isAtEnd] of ends) if (isAtEnd && scroller.isConnected) scroller.scrollTop = scroller.scrollHeight;
});
const ends = new Map();
const stayAtEnd = () => {
  const scroller = document.querySelector(':is(.step, #welcome-screen)')?.parentElement.parentElement;
  if (!scroller || ends.has(scroller)) return;
  sizes.disconnect();
  ends.clear();
  const note = () => ends.set(scroller, scroller.scrollTop + scroller.clientHeight > scroller.scrollHeight - 24);
  note();
  scroller.addEventListener('scroll', note, { passive: true });
  for (const one of [scroller, scroller.firstElementChild]) sizes.observe(one);
};

whenChanged(({ names }) => {
  nameSpeakers(names);
  announce(names);
  openToKeys(names);
  mendFootnotes(names);
  stayAtEnd();
});
