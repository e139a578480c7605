/** What the clinician does for themselves, and what is there when systems are down: below their name in the header. */
import type { ReactElement, RefObject } from 'react';
import { Menu, MenuItem } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';

export interface AccountMenuProps {
  /** The button below which it opens, and to which the keyboard comes back. */
  readonly below: RefObject<HTMLButtonElement | null>;
  readonly choices: readonly { readonly words: string; readonly choose: () => void }[];
  readonly onClose: () => void;
}

export function AccountMenu({ below, choices, onClose }: AccountMenuProps): ReactElement {
  return (
    <Popover
      className="account-menu"
      aria-label="Your account"
      triggerRef={below}
      placement="bottom end"
      offset={2}
      isOpen
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose();
      }}
    >
      <Menu aria-label="Your account" autoFocus="first" onClose={onClose}>
        {choices.map(({ words, choose }) => (
          <MenuItem key={words} id={words} className="account-choice" onAction={choose}>
            {words}
          </MenuItem>
        ))}
      </Menu>
    </Popover>
  );
}
