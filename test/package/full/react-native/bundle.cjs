// `node bundle.cjs FOLDER ENTRY OUT on|off`: as React Native's own bundler makes it, with package exports on or off.
const { createRequire } = require('node:module');

const [folder, entry, out, packageExports] = process.argv.slice(2);
const load = createRequire(`${folder}/package.json`);
const { mergeConfig, getDefaultConfig } = load('metro-config');

async function main() {
  const config = mergeConfig(await getDefaultConfig(folder), {
    projectRoot: folder,
    watchFolders: [folder],
    reporter: { update() {} },
    maxWorkers: 1,
    resetCache: true,
    resolver: {
      unstable_enablePackageExports: packageExports === 'on',
      unstable_conditionNames: ['require', 'react-native'],
      useWatchman: false,
      unstable_forceNodeFilesystemAPI: true,
    },
    transformer: {
      babelTransformerPath: load.resolve('@react-native/metro-babel-transformer'),
      hermesParser: true,
      unstable_allowRequireContext: false,
    },
  });
  await load('metro').runBuild(config, { entry, out, platform: 'ios', dev: false, minify: true });
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
