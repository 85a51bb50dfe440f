import { RhUiCheckCircleFillIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-check-circle-fill-icon.js';
import { RhUiErrorFillIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-error-fill-icon.js';
import { RhUiInformationFillIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-information-fill-icon.js';
import { RhUiNotificationFillIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-notification-fill-icon.js';
import { RhUiWarningFillIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-warning-fill-icon.js';
import type { HTMLAttributes } from 'react';
import './coloured-label.css';

/** What a label says by its colour; `custom` says nothing in particular. */
export type LabelColour = keyof typeof ICONS;

// One element each, so that drawing a label anew leaves its icon alone.
const ICONS = {
  success: <RhUiCheckCircleFillIcon />,
  danger: <RhUiErrorFillIcon />,
  warning: <RhUiWarningFillIcon />,
  info: <RhUiInformationFillIcon />,
  custom: <RhUiNotificationFillIcon />,
} as const;

/**
 * A word with its colour. The kit's own label measures itself, listens to the whole page and brings 167 variables of style
 * with it, which made up most of what a list of thousands costs when it scrolls.
 */
export function ColouredLabel({ colour, children, ...rest }: { colour: LabelColour } & HTMLAttributes<HTMLSpanElement>) {
  return <span className={`coloured-label coloured-label--${colour}`} {...rest}>{ICONS[colour]}<span>{children}</span></span>;
}
