/// <reference types="vite/client" />

interface ImportMetaEnv {
  /** Where the chat server is. Default: where `sessionchart serve` listens. */
  readonly VITE_CHAT_URL?: string;
}
