/** Which web permission a page gets. Decided by the origin that asks, never by the page around it. */
export interface PermissionPolicy {
  readonly origins: readonly string[];
  readonly permissions: readonly string[];
}

export function decidePermission(policy: PermissionPolicy, permission: string, requestingOrigin: string): boolean {
  return policy.permissions.includes(permission) && policy.origins.includes(requestingOrigin);
}
