import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { fileRepository } from '../../../src/repository/file.ts';
import type { AnyStorage } from '../../../src/repository/key-value-storage.ts';
import { memoryRepository } from '../../../src/repository/memory.ts';
import { encodeRecord } from '../../../src/repository/record.ts';
import { storageRepository } from '../../../src/repository/storage.ts';
import { userRepositoryContract } from '../../../src/testing/repository-contract.ts';
import type { User } from '../../../src/user.ts';
import {
  AsyncMapStorage,
  MapStorage,
  MmkvStandIn,
  OldMmkvStandIn,
  ParsingStorage,
  RedisStandIn,
  SecureStoreStandIn,
  TabWindow,
} from './storages.ts';

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

/** Another repository over the same storage object in this process changes the user. */
function overStorage(storage: AnyStorage) {
  const open = () => storageRepository(storage, { apiKey });
  const elsewhere = open();
  return {
    repository: open(),
    reopen: open,
    changeElsewhere: async (user: User | null) => {
      await (user === null ? elsewhere.clearCurrentUser() : elsewhere.setCurrentUser(user));
    },
  };
}

for (const [name, create] of [
  ['expo-secure-store', () => new SecureStoreStandIn()],
  ['react-native-mmkv 4', () => new MmkvStandIn()],
  ['react-native-mmkv 3', () => new OldMmkvStandIn()],
  ['ioredis', () => new RedisStandIn()],
  ['unstorage', () => new ParsingStorage()],
] as const) {
  userRepositoryContract(() => overStorage(create()), framework, `storageRepository over a storage like ${name}`);
}
