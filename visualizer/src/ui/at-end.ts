import { type RefObject, useEffect, useRef } from 'react';

const NEAR_PX = 40;

/** Keeps a scrolling list at its end when something is added, unless it was scrolled away from there. */
export function useAtEnd<Element extends HTMLElement>(content: unknown): RefObject<Element | null> {
  const list = useRef<Element>(null);
  const isAtEnd = useRef(true);
  useEffect(() => {
    const element = list.current;
    if (element === null) return;
    const onScroll = () => {
      isAtEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
    };
    element.addEventListener('scroll', onScroll, { passive: true });
    return () => element.removeEventListener('scroll', onScroll);
  }, []);
  useEffect(() => {
    if (content !== null && isAtEnd.current && list.current !== null)
      list.current.scrollTop = list.current.scrollHeight;
  }, [content]);
  return list;
}
