/** The shells that `slipway completion` knows. */
export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

const bash = String.raw`# bash completion for slipway
_slipway() {
  local line value head current directive=:none text
  local -a words
  # Not COMP_WORDS, which readline also splits at "@", ":" and "=".
  text=\${COMP_LINE:0:COMP_POINT}
  read -ra words <<<"$text"
  [[ $text == *[[:space:]] ]] && words+=('')
  current=\${words[-1]}
  head=\${current%"\${current##*[@:=]}"}
  COMPREPLY=()
  text=$(printf '\x1f%s' "\${words[@]:1}")
  while IFS= read -r line; do
    if [[ $line == :* ]]; then
      directive=$line
    else
      printf -v value '%q' "\${line%%$'\t'*}"
      COMPREPLY+=("\${value#"$head"}")
    fi
  done < <(SLIPWAY_COMPLETION_WORDS=\${text:1} "\${words[0]}" completion candidates 2>/dev/null)
  if [[ $directive != :none ]]; then
    local kind=-f
    [[ $directive == :folders ]] && kind=-d
    compopt -o filenames 2>/dev/null
    while IFS= read -r line; do COMPREPLY+=("\${line#"$head"}"); done < <(compgen "$kind" -- "$current")
  fi
}
complete -F _slipway slipway
`;

const zsh = String.raw`#compdef slipway
# zsh completion for slipway
_slipway() {
  local line directive=:none text
  local -a values
  text=\${(pj:\x1f:)words[2,CURRENT]}
  while IFS= read -r line; do
    if [[ $line == :* ]]; then
      directive=$line
    else
      values+=("\${\${line%%$'\t'*}//:/\\:}:\${line#*$'\t'}")
    fi
  done < <(SLIPWAY_COMPLETION_WORDS=$text $words[1] completion candidates 2>/dev/null)
  (( $#values )) && _describe -V slipway values
  [[ $directive == :files ]] && _files
  [[ $directive == :folders ]] && _files -/
  return 0
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _slipway "$@"; else compdef _slipway slipway; fi
`;

const fish = String.raw`# fish completion for slipway
function __slipway_complete
  set -l tokens (commandline -opc)
  set -l current (commandline -ct)
  set -lx SLIPWAY_COMPLETION_WORDS (string join \x1f -- $tokens[2..-1] "$current")
  for line in ($tokens[1] completion candidates 2>/dev/null)
    switch $line
      case :files
        __fish_complete_path "$current"
      case :folders
        __fish_complete_directories "$current"
      case ':*'
      case '*'
        echo $line
    end
  end
end
complete -c slipway -f -a '(__slipway_complete)'
`;

/** The script for each shell. It asks `slipway completion candidates` for what can follow. */
export const completionScripts: Readonly<Record<Shell, string>> = {
  bash: bash.replaceAll('\\$', '$'),
  zsh: zsh.replaceAll('\\$', '$'),
  fish,
};
