/** `useRouter` of `next/navigation`. */
export function useRouter() {
  return { push: (_href: string): void => {} };
}
