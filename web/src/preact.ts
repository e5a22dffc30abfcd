// The part of React that the bell uses, for `bell.js`: Preact and its hooks, with what differs. preact/compat has all of
// React, and takes two kilobytes more.
import { type ComponentType, createElement, options, type VNode } from "preact";
import { useEffect, useLayoutEffect, useReducer, useRef } from "preact/hooks";

export { createContext, createElement } from "preact";
export * from "preact/hooks";

options.vnode = (vnode: VNode) => {
  const { type, props } = vnode as VNode<Record<string, unknown>>;
  // React's onChange of a text field reports each input. That of a box, a list or a container is the browser's event.
  if (type === "input" && props.onChange && props.type !== "checkbox" && props.type !== "radio") {
    props.onInput = props.onChange;
    delete props.onChange;
  }
  if (props.translate === "no") props.translate = false; // it is set as a property, which is a boolean
};

/** Return a component that renders again only if a prop changed. */
export function memo<Props extends object>(part: ComponentType<Props>): ComponentType<Props> {
  function Memo(this: { shouldComponentUpdate: unknown; props: Props }, props: Props) {
    this.shouldComponentUpdate = (next: Props) =>
      Object.keys({ ...this.props, ...next }).some((name) => this.props[name as never] !== next[name as never]);
    return createElement(part, props);
  }
  return Memo as never;
}

/** Return the state of a store, and render again after each change. */
export function useSyncExternalStore<State>(subscribe: (changed: () => void) => () => void, get: () => State): State {
  const state = get();
  const shown = useRef({ state, get });
  const [, render] = useReducer((count: number, _: null) => count + 1, 0);
  const check = () => {
    if (!Object.is(shown.current.state, shown.current.get())) render(null);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: each check does the same
  useLayoutEffect(() => {
    shown.current = { state, get };
    check(); // it may have changed since it was rendered
  }, [state, get]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each check does the same
  useEffect(() => {
    check();
    return subscribe(check);
  }, [subscribe]);
  return state;
}
