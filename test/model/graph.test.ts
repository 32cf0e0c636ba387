/*
 * What is looked at in every state that the statechart can come into. One file, so that it is explored once: the laws
 * watch that.
 */
import './graph/laws.ts';
import './graph/report.ts';
import './graph/explanations.ts';
