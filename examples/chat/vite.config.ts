import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { chatServer } from './chat-server.ts';

export default defineConfig({ plugins: [react(), chatServer()] });
