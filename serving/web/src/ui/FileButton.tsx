/**
 * A button that opens the phone's camera or the file chooser. The file input itself is not shown:
 * a button is one stop of the keyboard and says what it does in our own words.
 */
import type { ComponentChildren, Ref } from "preact";
import { useImperativeHandle, useRef } from "preact/hooks";

export interface Chooser {
  open: () => void;
}

interface Props {
  testid: string;
  kind?: string;
  label?: string;
  multiple?: boolean;
  camera?: boolean;
  chooser?: Ref<Chooser>;
  onFiles: (files: File[]) => void;
  children: ComponentChildren;
}

export function FileButton(props: Props) {
  const input = useRef<HTMLInputElement>(null);
  const open = () => input.current?.click();
  useImperativeHandle(props.chooser ?? null, () => ({ open }), []);
  return (
    <>
      <button
        type="button"
        class={`button ${props.kind ?? ""}`}
        aria-label={props.label}
        onClick={open}
        data-testid={props.testid}
      >
        {props.children}
      </button>
      <input
        ref={input}
        type="file"
        hidden
        accept={props.camera ? "image/*" : "image/*,.heic,.heif"}
        capture={props.camera ? "environment" : undefined}
        multiple={props.multiple}
        data-testid={`${props.testid}-input`}
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          event.currentTarget.value = ""; // the same file may be chosen again
          if (files.length) props.onFiles(files);
        }}
      />
    </>
  );
}
