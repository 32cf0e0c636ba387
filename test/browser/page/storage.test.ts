import { expect, it } from 'vitest';

it('keeps what is written to localStorage, for this page and the frames of its origin', async () => {
  localStorage.setItem('kept', 'yes');
  const frame = document.createElement('iframe');
  frame.src = '/favicon.ico';
  const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
  document.body.append(frame);
  await loaded;
  expect(frame.contentWindow?.localStorage.getItem('kept')).toBe('yes');
  frame.remove();
});
