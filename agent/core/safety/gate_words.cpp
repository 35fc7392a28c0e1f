#include "core/safety/gate_words.hpp"

#include "core/base/units.hpp"

namespace redis_agent::core {

std::string describe_data(std::int64_t keys, std::int64_t functions) {
  if (functions == 0) return describe_keys(keys);
  const std::string libraries =
      std::to_string(functions) + (functions == 1 ? " library" : " libraries") + " of functions";
  return keys == 0 ? libraries : describe_keys(keys) + " and " + libraries;
}

std::string describe(const pod_facts& pod) {
  std::string text = pod.name + (pod.silent_for ? " had " : " has ") +
                     describe_data(pod.keys, pod.functions) + " at offset " +
                     std::to_string(pod.history.offset);
  if (!pod.silent_for) return text;
  return text + " and has been silent for " + describe_duration(*pod.silent_for);
}

std::string describe_own(const gate_facts& facts) {
  return facts.has_data() ? "this pod has " + describe_data(facts.keys, facts.functions)
                          : "this pod is empty";
}

std::string describe_refusal(const std::string& pod, const std::string& refusal) {
  return pod + " is there, and does not tell what it has (" + refusal + ")";
}

std::string describe_missing(const std::vector<missing_pod>& pods) {
  std::string silent;
  std::string refusing;
  std::string loading;
  std::string introducing;
  for (const missing_pod& pod : pods) {
    if (!pod.refusal.empty()) {
      refusing += (refusing.empty() ? "" : "; ") + describe_refusal(pod.name, pod.refusal);
      continue;
    }
    const bool is_unknown = pod.is_introducing || pod.is_of_unknown_history;
    std::string& names = pod.is_loading ? loading : is_unknown ? introducing : silent;
    names += (names.empty() ? "" : ", ") + pod.name;
  }
  std::string text;
  const auto add = [&](const std::string& names, const char* what) {
    if (!names.empty()) text += (text.empty() ? "" : "; ") + names + what;
  };
  add(silent, " did not answer");
  add(refusing, "");
  add(loading, " loads its data");
  add(introducing, " has data, and its agent has not said yet what that is");
  return text;
}

std::string describe_unknown(absence why) {
  switch (why) {
    case absence::no_pods:
      return "DNS lists no pod of the headless Service, not even this one: it needs "
             "publishNotReadyAddresses: true";
    case absence::no_ports:
      return "the headless Service has addresses and no SRV records: it needs ports";
    case absence::cut:
      return "DNS's list of the pods is cut, and TCP gives no more: there may be more";
    case absence::unknown: break;
  }
  return "DNS does not list the pods";
}

}  // namespace redis_agent::core
