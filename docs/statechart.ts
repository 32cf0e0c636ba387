import { readFileSync } from 'node:fs';
import type { AnyStateNode } from 'xstate';
import { sessionMachine } from '../src/machines/session.ts';
import { code, plain, table } from './markdown.ts';

/*
 * docs/statechart.md: a section for each state, with a table of its transitions. Names of states are relative to the
 * state around them, so that the four columns fit the width of a page.
 */

interface Transition {
  readonly source: AnyStateNode;
  /** Empty for the branches of a choice. */
  readonly eventType: string;
  readonly guard?: unknown;
  readonly target?: readonly AnyStateNode[] | undefined;
  readonly reenter?: boolean | undefined;
  readonly description?: string | undefined;
}

export const root = sessionMachine.root as unknown as AnyStateNode;

/** Guards of branches that only drop a fact of an older attempt. The page says so once, at its head. */
const STALE = /^isStale/;

/** What a reader sees of the guards file: the names in order, each with its docstring. */
const GUARDS_FILE = new URL('../src/machines/guards.ts', import.meta.url);

/** The top-level states with what they mean, as a table. */
export function states(): string {
  const rows = allStates(root).map((node) => {
    const isInner = node.path.length > 1;
    return [`${isInner ? '&ensp;' : ''}${code(isInner ? node.key : nameOf(node))}`, node.description ?? ''];
  });
  return table(['state', 'what it means'], rows);
}

/** Every state with every transition. */
export function transitions(): string {
  return [everywhere(), ...allStates(root).map(section)].join('\n\n');
}

/** Every guard that the statechart names, with its docstring. */
export function guards(): string {
  const text = readFileSync(GUARDS_FILE, 'utf8');
  const named = new Set(allTransitions().flatMap(({ guard }) => (typeof guard === 'string' ? [guard] : [])));
  const rows = [...named].sort().map((name) => [code(name), docOfGuard(text, name)]);
  return table(['guard', 'holds when'], rows);
}

export function allTransitions(): readonly Transition[] {
  return [root, ...allStates(root)].flatMap(transitionsOf);
}

function docOfGuard(text: string, name: string): string {
  const doc = text.match(new RegExp(`/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\s+${name}\\b`))?.[1];
  return doc === undefined ? '' : plain(doc);
}

function everywhere(): string {
  return [
    '## In every state',
    'These transitions apply in every state that has no transition of its own for the event.',
    transitionTable(root),
  ].join('\n\n');
}

function section(node: AnyStateNode): string {
  const heading = `${'#'.repeat(node.path.length + 1)} ${nameOf(node)}`;
  const parts = [heading, node.description ?? ''];
  if (isChoice(node)) parts.push('A choice: it is left in the same step, by the first branch whose guard holds.');
  if (transitionsOf(node).length > 0) parts.push(transitionTable(node));
  return parts.filter((part) => part !== '').join('\n\n');
}

const isChoice = (node: AnyStateNode): boolean => (node.always ?? []).length > 0;

function transitionTable(node: AnyStateNode): string {
  const shown = transitionsOf(node).filter((each) => each.target !== undefined || !isStale(each));
  const rows = shown.map(({ eventType, guard, target, reenter, description }) => [
    eventType === '' ? 'always' : code(eventType),
    typeof guard === 'string' ? code(guard) : '',
    target?.map((each) => code(relativeName(each, node)) + (reenter ? ' again' : '')).join() ?? 'stays',
    description ?? '',
  ]);
  return table(['event', 'if', 'to', 'why'], rows);
}

const isStale = ({ guard }: Transition): boolean => typeof guard === 'string' && STALE.test(guard);

function transitionsOf(node: AnyStateNode): readonly Transition[] {
  return [...(node.always ?? []), ...[...node.transitions.values()].flat()] as unknown as readonly Transition[];
}

export function allStates(node: AnyStateNode): AnyStateNode[] {
  return Object.values(node.states).flatMap((child) => [child, ...allStates(child)]);
}

const nameOf = (node: AnyStateNode): string => node.path.join('.');

/** `waiting` for `connecting.waiting`, seen from a state inside `connecting`. */
function relativeName(target: AnyStateNode, from: AnyStateNode): string {
  const isSibling = target.parent === from.parent || target.parent === from;
  return isSibling ? target.key : nameOf(target);
}
