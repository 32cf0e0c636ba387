import { useState, version } from 'react';
import { expect, inject, it } from 'vitest';
import { render } from 'vitest-browser-react';

function Counter() {
  const [count, setCount] = useState(0);
  return (
    <button type="button" onClick={() => setCount(count + 1)}>
      {version} clicked {count}
    </button>
  );
}

it('renders with the React that it is run for', async () => {
  const screen = await render(<Counter />);
  await screen.getByRole('button').click();
  await expect.element(screen.getByRole('button')).toHaveTextContent('clicked 1');
  expect(version.split('.')[0]).toBe(`${inject('reactMajor')}`);
});
