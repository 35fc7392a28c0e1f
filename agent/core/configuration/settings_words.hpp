// The words that settings take, and what each means: for their table, and for who names one.
#pragma once

#include "core/configuration/settings_parsers.hpp"

namespace redis_agent::core {

inline constexpr words<bool, 2> on_or_off{{{"on", true}, {"off", false}}};

inline constexpr words<tls_mode, 4> tls_words{{{"off", tls_mode::off},
                                               {"allow", tls_mode::allow},
                                               {"both", tls_mode::both},
                                               {"only", tls_mode::only}}};

inline constexpr words<log_format, 2> log_format_words{
    {{"text", log_format::text}, {"json", log_format::json}}};

inline constexpr words<log_level, 4> log_level_words{{{"debug", log_level::debug},
                                                      {"info", log_level::info},
                                                      {"warning", log_level::warning},
                                                      {"error", log_level::error}}};

inline constexpr words<gate_choice, 4> gate_words{{{"auto", gate_choice::automatic},
                                                   {"bind", gate_choice::bind},
                                                   {"nowhere", gate_choice::nowhere},
                                                   {"direct", gate_choice::direct}}};

inline constexpr words<opening, 2> opening_words{
    {{"open", opening::open}, {"hold", opening::hold}}};

inline constexpr words<bool, 2> replicaof_words{{{"name", false}, {"placeholder", true}}};

inline constexpr words<color_choice, 3> color_words{{{"auto", color_choice::automatic},
                                                     {"always", color_choice::always},
                                                     {"never", color_choice::never}}};

inline constexpr words<failover_mode, 2> failover_words{
    {{"off", failover_mode::off}, {"lease", failover_mode::lease}}};

inline constexpr words<bool, 2> preference_words{{{"availability", false}, {"data", true}}};

inline constexpr words<bool, 2> failsafe_words{{{"all", true}, {"off", false}}};

inline constexpr words<opening, 2> after_divergence_words{
    {{"follow", opening::open}, {"hold", opening::hold}}};

inline constexpr words<min_replicas_choice, 3> min_replicas_words{
    {{"auto", min_replicas_choice::automatic},
     {"1", min_replicas_choice::one},
     {"0", min_replicas_choice::none}}};

}  // namespace redis_agent::core
