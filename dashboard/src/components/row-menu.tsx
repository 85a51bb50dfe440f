import { Dropdown, DropdownItem, DropdownList } from '@patternfly/react-core';
import { RhUiEllipsisVerticalFillIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-ellipsis-vertical-fill-icon.js';
import { useEffect, useRef, useState, type RefObject } from 'react';

/** An entry of a menu, or a button. */
export interface ActionItem {
  readonly title: string;
  readonly isDanger?: boolean;
  readonly isDisabled?: boolean;
  readonly onClick: () => void;
}

const ICON = <RhUiEllipsisVerticalFillIcon />;
/** Within the landmark of the page's content: outside of all landmarks screen readers would not find it. */
const POPPER = { position: 'end', appendTo: () => document.querySelector('main') ?? document.body } as const;

/** The menu of a row. Its entries and their place on the screen are worked out when it is opened: most menus never are. */
export function RowMenu({ label, items }: { label: string; items: () => readonly ActionItem[] }) {
  const toggle = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button ref={toggle} type="button" className="row-menu" aria-label={label} aria-haspopup="menu" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>{ICON}</button>
      {isOpen && <Entries toggle={toggle} items={items()} close={() => setOpen(false)} />}
    </>
  );
}

function Entries({ toggle, items, close }: { toggle: RefObject<HTMLButtonElement | null>; items: readonly ActionItem[]; close: () => void }) {
  const [isPlaced, setPlaced] = useState(false);
  // The kit finds the place of a menu when it opens after it has been there.
  useEffect(() => setPlaced(true), []);
  return (
    <Dropdown isOpen={isPlaced} onOpenChange={close} onSelect={close} toggle={{ toggleNode: null, toggleRef: toggle }} popperProps={POPPER} shouldFocusToggleOnSelect>
      <DropdownList>
        {items.map(({ title, isDanger = false, isDisabled = false, onClick }) => <DropdownItem key={title} {...{ isDanger, isDisabled, onClick }}>{title}</DropdownItem>)}
      </DropdownList>
    </Dropdown>
  );
}
