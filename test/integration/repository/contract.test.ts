import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { fileRepository } from '../../../src/repository/file.ts';
import { memoryRepository } from '../../../src/repository/memory.ts';
import { encodeRecord } from '../../../src/repository/record.ts';
import { storageRepository } from '../../../src/repository/storage.ts';
import { userRepositoryContract } from '../../../src/testing/repository-contract.ts';
import { AsyncMapStorage, MapStorage, TabWindow } from './storages.ts';

const apiKey = 'key';
const framework = { describe, test };

userRepositoryContract(() => ({ repository: memoryRepository() }), framework, 'memoryRepository');

userRepositoryContract(
  () => {
    const storage = new MapStorage();
    const events = new TabWindow();
    const open = () => storageRepository(storage, { apiKey, events });
    return {
      repository: open(),
      reopen: open,
      changeElsewhere: (user) => {
        const key = `sessionchart.${apiKey}`;
        if (user === null) storage.removeItem(key);
        else storage.setItem(key, encodeRecord(apiKey, user));
        events.fire({ key, storageArea: storage });
      },
    };
  },
  framework,
  'storageRepository over a synchronous storage',
);

userRepositoryContract(
  () => {
    const storage = new AsyncMapStorage();
    const open = () => storageRepository(storage, { apiKey, key: 'session' });
    return { repository: open(), reopen: open };
  },
  framework,
  'storageRepository over an asynchronous storage',
);

userRepositoryContract(
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sessionchart-'));
    const open = () => fileRepository(join(folder, 'deep', 'er', 'user.json'), { apiKey });
    const elsewhere = open();
    return {
      repository: open(),
      reopen: open,
      changeElsewhere: async (user) => {
        await (user === null ? elsewhere.clearCurrentUser() : elsewhere.setCurrentUser(user));
      },
      close: () => rm(folder, { recursive: true }),
    };
  },
  framework,
  'fileRepository',
);
