// Texts for developers stay out of the build for production: they are a sixth of what an app would load.
import { parseAst } from 'rolldown/parseAst';

/** The member of object literals that holds them, by file; `*` for every member. */
const TEXTS = {
  'src/remedies.ts': '*',
  'src/token/vocabulary.ts': '*',
  'src/machines/session.ts': 'description',
  'src/protocol/defaults.ts': 'explanation',
  'src/protocol/stream-chat/codes.ts': 'explanation',
};

/** A plugin that leaves these members out. */
export function withoutTexts(root) {
  return {
    name: 'without-texts',
    transform(code, id) {
      const member = id.startsWith(root) ? TEXTS[id.slice(root.length)] : undefined;
      if (member === undefined) return null;
      const removed = literalsIn(parseAst(code, { lang: 'ts' }), member);
      if (removed.length === 0) throw new Error(`${id} has no ${member} to leave out.`);
      let rest = code;
      for (const { start, end } of removed.reverse()) {
        const [comma = ''] = rest.slice(end).match(/^\s*,/) ?? [];
        rest = rest.slice(0, start) + rest.slice(end + comma.length);
      }
      return { code: rest, map: null };
    },
  };
}

function literalsIn(node, member) {
  if (typeof node !== 'object' || node === null) return [];
  if (Array.isArray(node)) return node.flatMap((part) => literalsIn(part, member));
  const isText =
    node.type === 'Property' && (member === '*' || node.key.name === member) && node.value.type === 'Literal';
  return isText ? [node] : Object.values(node).flatMap((part) => literalsIn(part, member));
}
