// A page: its results are calls of `report`.
import { createChatClient } from 'sessionchart';
import { live } from './session.mjs';

globalThis.startSession = (options) => live({ ...options, createChatClient, report: globalThis.report });
