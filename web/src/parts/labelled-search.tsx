interface LabelledSearchOptions {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly placeholder: string;
  /** Id of the element that describes what may be written. */
  readonly describedBy?: string;
  readonly onSearch: (text: string) => void;
}

/** A search field with its label, for a list that stands below it. */
export function LabelledSearch({ id, label, value, placeholder, describedBy, onSearch }: LabelledSearchOptions) {
  return (
    <>
      <label for={id}>{label}</label>
      <input
        id={id}
        type="search"
        value={value}
        placeholder={placeholder}
        aria-describedby={describedBy}
        onInput={(event) => onSearch(event.currentTarget.value)}
      />
    </>
  );
}
