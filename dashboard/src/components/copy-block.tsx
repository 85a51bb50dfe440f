import { ClipboardCopyButton, CodeBlock, CodeBlockAction, CodeBlockCode } from '@patternfly/react-core';
import { useId, useState } from 'react';
import { useT } from '../i18n/i18n.tsx';
import { copyText } from './copy-text.ts';

/** Text to take elsewhere. */
export function CopyBlock({ text, label }: { text: string; label: string }) {
  const t = useT();
  const id = useId();
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    const shown = document.getElementById(id);
    if (shown !== null) setCopied(await copyText(text, shown));
  };
  return (
    <CodeBlock
      aria-label={label}
      actions={(
        <CodeBlockAction>
          <ClipboardCopyButton id={`${id}-copy`} textId={id} aria-label={t('action.copy')} variant="plain" onClick={() => void copy()} onTooltipHidden={() => setCopied(false)}>
            {isCopied ? t('action.copied') : t('action.copy')}
          </ClipboardCopyButton>
        </CodeBlockAction>
      )}
    >
      <CodeBlockCode id={id} tabIndex={0} codeClassName="copy-block">{text}</CodeBlockCode>
    </CodeBlock>
  );
}
