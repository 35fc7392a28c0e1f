// How each kind of event changes the memory: the parts of observe(). For memory's own files only.
#pragma once

#include "core/memory/memory.hpp"

namespace redis_agent::core {

// observe_redis.cpp: the local server.
void take_local_report(memory& m, const poll_report& report, instant now);
void note_local_failure(memory& m, link_condition condition, instant now);

// observe_volume.cpp: the data volume. Until a check comes back that began after this, it is not
// known.
void want_check(memory& m);
void note_asking(memory& m, const volume_asked& e, instant now);
void note_trouble(memory& m, const std::string& why, instant now);
void take_volume(memory& m, const volume_read& e, instant now);
void take_check(memory& m, const volume_checked& e);
void note_write(memory& m, const volume_memory& written, instant now);

// observe_sync.cpp: a replica's way with its primary.
void note_link(memory& m, const poll_report& report, instant now);
void note_copy(memory& m);
void weigh_lag(memory& m, instant now);

// observe_others.cpp: the primary and the pods.
void take_primary_report(memory& m, const poll_report& report, instant now);
void take_primary_answer(memory& m, const loading_report& loading, instant now);
void take_pod_report(memory& m, const std::string& name, const poll_report& report, instant now);
void take_statement(memory& m, const stated& e, instant now);
void note_proof(memory& m);

// observe_names.cpp: DNS.
void take_addresses(memory& m, const address_answer& answer, instant now);
void take_pods(memory& m, const service_answer& answer, instant now);

// observe_lock.cpp: the lock.
void note_request(memory& m, const lock_request& request, instant now);
void take_lock(memory& m, const lease& seen, instant now);
void recall_lock(memory& m, const lock_recalled& e, instant now);
void note_lock_failure(memory& m, const lock_failed& e);
void note_pause(memory& m, const order_memory& obeyed, const poll_report& report);
void note_service(memory& m, instant now);

// observe_lost.cpp: what the lock's holder does not carry.
void note_divergence(memory& m, const divergence_found& e, instant now);
void note_kept(memory& m, const lost_kept& e);
void note_not_kept(memory& m, const lost_not_kept& e);

}  // namespace redis_agent::core
