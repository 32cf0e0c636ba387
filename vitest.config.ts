import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { PROCESS_FLAGS } from './scripts/process-flags.mjs';
import { testLaunchOptions } from './test/kit/chromium.ts';

/** Generous: a test that fails by time-out on a busy machine says nothing. */
const patient = {
  testTimeout: 240_000,
  hookTimeout: 240_000,
  execArgv: [...PROCESS_FLAGS],
  setupFiles: ['./test/kit/patience.setup.ts', './test/kit/quiet.setup.ts', './test/kit/stacks.setup.ts'],
  // The same for what is waited for inside of a test.
  expect: { poll: { timeout: 60_000 } },
};

/**
 * A session shown by the sender of @statelyai/inspect, whose frames attach.test.ts compares with those of this package;
 * every fault button of the page in turn, each with the waits that it is about; tasks whose steps other tests take, and
 * all of them by mouse, because by keyboard they use the same page and are the harder way; the widths between that of a
 * phone and that of a desk; the lives of a session that the example app lives, on this page; page and command line of the
 * package together, which others use one by one; and what the browser of all of them can do.
 */
const SLOW = [
  'chromium',
  'packed-studio',
  'studio-inspect',
  'visualizer-faults',
  'tasks-by-mouse',
  'tasks-repeated',
  'visualizer-widths',
  'visualizer-sessions',
].map((name) => `test/browser/e2e/${name}.test.ts`);

/** Vite bundles these before the first test: found only during one, they would reload its page. */
const BUNDLED = [
  'react',
  'react-dom/client',
  'react-dom/server',
  'react/jsx-dev-runtime',
  'vitest-browser-react',
  'xstate',
  '@xstate/react',
  'zod/mini',
  '@xstate/graph',
];

/** Each does nothing where no test of the run needs it. */
const PACKAGE_SETUP = ['./test/kit/chromium.setup.ts', './test/kit/package.setup.ts'];

const SOURCE = fileURLToPath(new URL('./src/index.ts', import.meta.url));
const DEV_SERVER = fileURLToPath(new URL('./src/tools/devserver/index.ts', import.meta.url));

/** The examples import the package by its name, as apps do. */
const EXAMPLES = [
  { find: /^sessionchart$/, replacement: SOURCE },
  { find: /^sessionchart\/devserver$/, replacement: DEV_SERVER },
  // Otherwise the example would get another copy of its classes than the package graphql-ws, which Node loads.
  { find: /^graphql$/, replacement: 'graphql/index.js' },
];

const react18 = (name: string) =>
  fileURLToPath(new URL(`./test/browser/react18/node_modules/${name}`, import.meta.url));

declare module 'vitest' {
  interface ProvidedContext {
    /** Which React the tests in a page run with. */
    reactMajor: number;
  }
}

/** The files that take longest, which would leave a worker idle if they came last. */
const LONGEST = [
  'model/graph.test.ts',
  'regressions/c-network.test.ts',
  'endurance/short.test.ts',
  'property/walks/walks.test.ts',
  'third-party/stream-chat.test.ts',
  'unit/journal/journal.test.ts',
  'regressions/d-server.test.ts',
  'protocols/mqtt.test.ts',
  'e2e/tabs.test.ts',
  'e2e/example.test.ts',
  'e2e/tasks-by-keyboard.test.ts',
  'e2e/studio-page.test.ts',
  'e2e/studio.test.ts',
  'e2e/visualizer.test.ts',
  'packed/demo.test.ts',
  'e2e/odd-sessions.test.ts',
  'packed/readme.test.ts',
  'e2e/page-policy.test.ts',
  'packed/types.test.ts',
  'e2e/readme-react.test.ts',
  'e2e/start.test.ts',
  'packed/cli.test.ts',
  'packed/heap.test.ts',
];

/** It needs a worker of its own, and the worker that makes room for it would have to import everything again. */
const OWN_ENVIRONMENT = 'devserver/jsdom.test.ts';

/** About the package or the pages in it, which are still being built when the first tests run. */
const isPackaged = ({ moduleId }: TestSpecification) => /\/test\/(?:browser\/e2e|package\/packed)\//.test(moduleId);

/**
 * The longest files come first. Those about the package start once the first of the others are through, and then
 * alternate with them: they wait for browsers and programs while the others compute. The last of the others come
 * after them: short files keep all workers busy until the end.
 */
class Interleaved extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = LONGEST.findIndex((name) => moduleId.endsWith(name));
      if (moduleId.endsWith(OWN_ENVIRONMENT)) return LONGEST.length + 1;
      return index < 0 ? LONGEST.length : index;
    };
    const sorted = (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
    const packaged = sorted.filter(isPackaged);
    const others = sorted.filter((file) => !isPackaged(file));
    const placed = [
      ...others.map((file, index) => ({ file, place: index / others.length })),
      ...packaged.map((file, index) => ({ file, place: 0.06 + (0.75 * index) / packaged.length })),
    ];
    return placed.sort((one, other) => one.place - other.place).map(({ file }) => file);
  }
}

/** Tests that run inside a page. */
function inBrowser(name: string, reactMajor: number): TestProjectInlineConfiguration {
  return {
    plugins: [react()],
    cacheDir: `node_modules/.cache/vite-${name}`,
    optimizeDeps: { include: BUNDLED },
    test: {
      name,
      provide: { reactMajor },
      include:
        reactMajor === 18 ? ['test/browser/page/react/**/*.test.{ts,tsx}'] : ['test/browser/page/**/*.test.{ts,tsx}'],
      globalSetup: ['./test/kit/chromium.setup.ts', './test/kit/devserver.setup.ts'],
      ...patient,
      setupFiles: [...patient.setupFiles, './test/kit/page.setup.ts'],
      // One frame for all files, which loads every module once.
      isolate: false,
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        provider: playwright({ launchOptions: testLaunchOptions }),
        instances: [{ browser: 'chromium' }],
      },
    },
  };
}

export default defineConfig({
  test: {
    // More than can run: most wait for sockets, programs or a browser. Each worker imports everything once.
    maxWorkers: availableParallelism() + 3,
    teardownTimeout: 60_000,
    // The types are checked by `npm run types`, which compiles `*.test-d.ts` with everything else.
    sequence: { sequencer: Interleaved },
    projects: [
      {
        resolve: { alias: EXAMPLES },
        test: {
          // Everything but the pages: a worker goes on with what it has imported, and with its browser.
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: [...SLOW, 'test/browser/page/**', 'test/package/full/**', '**/node_modules/**'],
          globalSetup: PACKAGE_SETUP,
          // The files of a worker share their modules: a third of the time went into importing the same ones again.
          isolate: false,
          ...patient,
        },
      },
      {
        resolve: { alias: EXAMPLES },
        test: {
          name: 'full',
          // What takes long: by `npm run test:full` only.
          include: [...SLOW, 'test/package/full/**/*.test.ts'],
          globalSetup: PACKAGE_SETUP,
          ...patient,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      inBrowser('browser', 19),
      // The same tests with the older React: by `npm run test:full` only.
      {
        ...inBrowser('react18', 18),
        resolve: {
          alias: [
            { find: /^react$/, replacement: react18('react') },
            { find: /^react\/(.*)$/, replacement: `${react18('react')}/$1` },
            { find: /^react-dom$/, replacement: react18('react-dom') },
            { find: /^react-dom\/(.*)$/, replacement: `${react18('react-dom')}/$1` },
          ],
        },
      },
    ],
  },
});
