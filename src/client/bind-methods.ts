/**
 * Binds every named method of a class to an instance: it can be detached (`const { connectUser } = client`), and a proxy around
 * the instance (Vue's `reactive`, Pinia, MobX) does not get in its way.
 */
export function bindMethods<Instance extends object>(instance: Instance, prototype: object): void {
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const { value } = Reflect.getOwnPropertyDescriptor(prototype, name) ?? {};
    if (name === 'constructor' || typeof value !== 'function') continue;
    Object.defineProperty(instance, name, { value: value.bind(instance), configurable: true, writable: true });
  }
}
