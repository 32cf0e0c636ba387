// Texts for developers stay out of the build for production: they are a sixth of what an app would load.
import { parseAst } from 'rolldown/parseAst';

/** The member of object literals that holds them, by file; `*` for every member. */
const TEXTS = {
  'src/remedies.ts': '*',
  'src/token/vocabulary.ts': '*',
  'src/machines/session.ts': 'description',
};

/** How to find other texts, by file. */
const FINDERS = {
  'src/input.ts': (node) => expectedIn(node) ?? problemIn(node) ?? mistakeIn(node),
  'src/app-options.ts': expectedIn,
  'src/client/check-options.ts': expectedIn,
  'src/protocol/shapes.ts': (node) => expectedIn(node) ?? sentenceIn(node),
  'src/protocol/defaults.ts': (node) => lostIn(node) ?? explanationIn(node),
  'src/protocol/stream-chat/classify.ts': explanationIn,
  'src/client/reporter.ts': warningIn,
  'src/client/call-bounds.ts': expectedIn,
  'src/client/call-input.ts': (node) => problemIn(node) ?? expectedIn(node),
  'src/client/defaults.ts': problemIn,
  'src/client/session-parts.ts': (node) => problemIn(node) ?? warningIn(node),
  'src/client/session.ts': remedyIn,
  'src/actors/dependencies.ts': mistakeIn,
  'src/token/jwt.ts': (node) => mistakeIn(node) ?? argumentOf(node, 'mistake'),
  'src/token/load-token.ts': (node) =>
    sentenceIn(node) ?? explanationIn(node) ?? argumentOf(node, 'invalid') ?? mistakeIn(node),
  'src/actors/client/checked-protocol.ts': mistakeIn,
  'src/client/requests/body.ts': (node) => problemIn(node) ?? mistakeIn(node),
  'src/client/requests/input.ts': problemIn,
  'src/client/requests/path.ts': problemIn,
};

/** A plugin that leaves these members out. */
export function withoutTexts(root) {
  return {
    name: 'without-texts',
    transform(code, id) {
      const file = id.startsWith(root) ? id.slice(root.length) : '';
      const member = TEXTS[file];
      const find = FINDERS[file] ?? (member && ((node) => (isText(node, member) ? node : null)));
      if (find === undefined) return null;
      const removed = textsIn(parseAst(code, { lang: 'ts' }), find);
      if (removed.length === 0) throw new Error(`${id} has no texts to leave out.`);
      let rest = code;
      for (const { start, end } of removed.reverse()) {
        const [comma = ''] = rest.slice(end).match(/^\s*,/) ?? [];
        rest = rest.slice(0, start) + rest.slice(end + comma.length);
      }
      return { code: rest, map: null };
    },
  };
}

function textsIn(node, find) {
  if (typeof node !== 'object' || node === null) return [];
  if (Array.isArray(node)) return node.flatMap((part) => textsIn(part, find));
  const text = find(node);
  return text === null ? Object.values(node).flatMap((part) => textsIn(part, find)) : [text];
}

const isText = (node, member) =>
  node.type === 'Property' && (member === '*' || node.key.name === member) && node.value.type === 'Literal';

const TEXT = /^(?:Literal|TemplateLiteral)$/;

/** What a check expects: the second part of a pair that begins with a function. */
function expectedIn({ type, elements = [] }) {
  const [isFit, expected] = elements;
  const isCheck = type === 'ArrayExpression' && elements.length === 2 && isFit.type !== 'Literal';
  return isCheck && TEXT.test(expected.type) ? expected : null;
}

/** What a code means: the second part of a pair of texts. */
function explanationIn({ type, elements = [] }) {
  const isPair =
    type === 'ArrayExpression' && elements.length === 2 && elements.every((part) => part.type === 'Literal');
  return isPair ? elements[1] : null;
}

/** A code that means `lost`, as one does that is not in the table: it is there for its explanation. */
function lostIn({ type, value, ...property }) {
  return type === 'Property' && value.elements?.[0]?.value === 'lost' ? property : null;
}

/** What is written to the console of a development build. */
function warningIn({ type, test, ...statement }) {
  return type === 'IfStatement' && test.right?.callee?.name === 'isDevelopment' ? statement : null;
}

/** What a developer did wrong, where an error has one text. */
function mistakeIn({ type, callee, arguments: [text] = [] }) {
  return type === 'NewExpression' && /^(?:Own)?Error$/.test(callee.name) && TEXT.test(text?.type) ? text : null;
}

/** The text that a function is given, or what finds one. */
function argumentOf({ type, callee, arguments: [text] = [] }, name) {
  const isText = TEXT.test(text?.type) || /MistakeIn$/.test(text?.callee?.name);
  return type === 'CallExpression' && callee.name === name && isText ? text : null;
}

/** A sentence about what a developer's function returned. */
function sentenceIn({ type, argument }) {
  return type === 'ReturnStatement' && argument?.type === 'TemplateLiteral' ? argument : null;
}

/** What to do about an error, where it is not in the table. */
function remedyIn(node) {
  return node.type === 'Property' && node.key.name === 'remedy' && TEXT.test(node.value.type) ? node : null;
}

/** What is wrong with an argument: the second one of `invalidArgument()`. */
function problemIn({ type, callee, arguments: given = [] }) {
  const isProblem = type === 'CallExpression' && callee.name === 'invalidArgument' && TEXT.test(given[1]?.type);
  return isProblem && !/\bexpected\b/.test(given[1].expressions?.[0]?.left?.name) ? given[1] : null;
}
