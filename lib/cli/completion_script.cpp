// The scripts that a shell loads; all they know is to ask the program.
// SPDX-License-Identifier: Apache-2.0
#include "cli/completion.hpp"

namespace dbmigrate {
namespace {

// bash cuts words also at = @ and :, so the words are taken from the line itself, and what stands before the last
// such cut is taken off each answer again.
constexpr std::string_view kBash =
    R"SCRIPT(# bash completion for dbmigrate; load it with: source <(dbmigrate completion bash)
_dbmigrate() {
  local line="${COMP_LINE:0:COMP_POINT}" current="" answer text cut
  local -a words=()
  read -r -a words <<<"$line"
  if [[ "$line" == *[[:space:]] ]]; then
    words+=("")
  fi
  current="${words[${#words[@]}-1]}"
  cut="${current%"${current##*[=@:]}"}"
  COMPREPLY=()
  while IFS= read -r answer; do
    text="${answer%%$'\t'*}"
    case "$text" in
      :file | :directory)
        compopt -o filenames 2>/dev/null
        local kind=-f
        if [[ "$text" == :directory ]]; then
          kind=-d
        fi
        mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen "$kind" -- "${current#"$cut"}")
        ;;
      *) COMPREPLY+=("${text#"$cut"}") ;;
    esac
  done < <("${words[0]}" __complete "${words[@]:1}" 2>/dev/null)
}
complete -F _dbmigrate dbmigrate
)SCRIPT";

// Found in fpath, zsh runs the file itself as the first completion; sourced, it only registers.
constexpr std::string_view kZsh = R"SCRIPT(#compdef dbmigrate
# zsh completion for dbmigrate; load it with: source <(dbmigrate completion zsh)
_dbmigrate() {
  local answer text note
  local -a texts notes
  while IFS= read -r answer; do
    text="${answer%%$'\t'*}"
    note="${answer#*$'\t'}"
    case "$text" in
      :file) _files ;;
      :directory) _files -/ ;;
      *)
        texts+=("$text")
        if [[ "$note" == "$answer" ]]; then notes+=("$text"); else notes+=("$text -- $note"); fi
        ;;
    esac
  done < <("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)
  (( ${#texts} )) && compadd -l -d notes -a texts
}
if [[ "${funcstack[1]}" == _dbmigrate ]]; then
  _dbmigrate
else
  compdef _dbmigrate dbmigrate
fi
)SCRIPT";

constexpr std::string_view kFish =
    R"SCRIPT(# fish completion for dbmigrate; load it with: dbmigrate completion fish | source
function __dbmigrate_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for answer in ($words[1] __complete $words[2..-1] "$current" 2>/dev/null)
        switch $answer
            case ':file*'
                __fish_complete_path "$current"
            case ':directory*'
                __fish_complete_directories "$current"
            case '*'
                echo $answer
        end
    end
end
complete -c dbmigrate -f -a '(__dbmigrate_complete)'
)SCRIPT";

}  // namespace

std::string_view completion_script(std::string_view shell) {
  if (shell == "bash") return kBash;
  if (shell == "zsh") return kZsh;
  return shell == "fish" ? kFish : std::string_view();
}

}  // namespace dbmigrate
