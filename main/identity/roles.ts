/** Roles from groups: a role is given by any one of its groups. */
import { Role } from '../../preload/contract.js';

/** @param groups those configured groups that the person is in, written as in the configuration */
export function rolesOf(
  configuredRoles: Readonly<Partial<Record<Role, readonly string[] | undefined>>>,
  groups: readonly string[],
): Role[] {
  return Role.options.filter((role) => configuredRoles[role]?.some((group) => groups.includes(group)) ?? false);
}
