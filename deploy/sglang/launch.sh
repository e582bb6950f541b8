#!/usr/bin/env bash
# Check a registered model byte for byte, then serve it with SGLang.
#
#   MODEL_KEY_FILE=/etc/pincite/model.key deploy/sglang/launch.sh NAME [--tp-size 2 ...]
#
# README.md beside this file explains every flag. PINCITE and SGLANG_PYTHON name the two programs
# where they are not on the path. Ends with the code of `pincite models verify` if a file changed,
# with 2 if something was given wrongly.
set -euo pipefail

wrong() {
    echo "launch.sh: $*" >&2
    exit 2
}

name=${1:-}
[ -n "$name" ] || wrong "expected the name of a registered model, got none. 'pincite models list' lists them."
shift

key_file=${MODEL_KEY_FILE:-}
[ -r "$key_file" ] || wrong "expected MODEL_KEY_FILE to name a file with the API key, got '$key_file'. Make one: (umask 077; openssl rand -hex 32 > model.key)"
key=$(tr -d '[:space:]' < "$key_file")
[[ $key =~ ^[A-Za-z0-9_-]{32,200}$ ]] || wrong "expected a key of 32 or more letters and digits in $key_file, got something else. Make one: (umask 077; openssl rand -hex 32 > model.key)"

# Only these may be added: what follows keeps the rest as README.md says.
host=127.0.0.1
more=("$@")
while [ $# -gt 0 ]; do
    flag=$1
    case $flag in
        --host | --port | --tp-size | --context-length | --mem-fraction-static | --dtype | \
            --quantization | --kv-cache-dtype | --max-running-requests | --max-queued-requests | \
            --chunked-prefill-size | --attention-backend | --device | --watchdog-timeout)
            [ $# -ge 2 ] && [[ $2 != -* ]] || wrong "expected a value after $flag, got none."
            [ "$flag" != --host ] || host=$2
            shift 2
            ;;
        --disable-overlap-schedule) shift ;;
        *) wrong "expected a flag that changes size or speed alone, got '$flag'. README.md lists them." ;;
    esac
done
case $host in
    0.0.0.0 | :: | '*' | '') wrong "expected --host to be loopback or one private address, got '$host'. Everybody could reach it." ;;
esac

told=$("${PINCITE:-pincite}" models verify "$name" --json)
mapfile -t model < <(
    python3 -c '
import json, sys
[model] = json.load(sys.stdin)["models"]
for key in ("folder", "chat_template", "weights", "family"):
    print(model[key])
' <<< "$told"
)
[ ${#model[@]} -eq 4 ] || wrong "expected 'pincite models verify' to describe one model, got something else."
folder=${model[0]} template=${model[1]} weights=${model[2]} family=${model[3]}

# Keys go through a file, because everybody on the machine can read a command line. The second one
# guards what administers the server; nobody is told it, so nobody can.
keys=${template%.jinja}.yaml
(
    umask 077
    rm -f "$keys"
    printf 'api-key: "%s"\nadmin-api-key: "%s"\n' "$key" "$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')" > "$keys"
)

case $family in
    chatml) tools=(--tool-call-parser qwen25) ;;
    llama3) tools=(--tool-call-parser llama3) ;;
    *) tools=() ;;
esac

export DO_NOT_TRACK=1 HF_HUB_OFFLINE=1 HF_HUB_DISABLE_TELEMETRY=1 TRANSFORMERS_OFFLINE=1
exec "${SGLANG_PYTHON:-python3}" -m sglang.launch_server \
    --config "$keys" \
    --model-path "$folder" \
    --served-model-name "$name" \
    --weight-version "$weights" \
    --load-format safetensors \
    --chat-template "$template" \
    --grammar-backend xgrammar \
    --sampling-defaults openai \
    --schedule-policy lpm \
    --context-length 16384 \
    --mem-fraction-static 0.85 \
    --max-queued-requests 64 \
    --enable-metrics \
    --enable-cache-report \
    --host 127.0.0.1 \
    --port 30000 \
    "${tools[@]}" \
    "${more[@]}"
