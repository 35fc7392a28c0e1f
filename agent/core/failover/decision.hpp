// What the gate's, the rope's or the lock's rules say now, for people: in words, and as the name of
// the situation that a decision by a person is about.
#pragma once

#include <string>
#include <string_view>

#include "core/configuration/settings.hpp"
#include "core/memory/memory.hpp"

namespace redis_agent::core {

// "holds (rule 6): ...", with what hinders a step that the rules allow. "" when there is nothing to
// say.
std::string describe_decision(const memory& m, const settings& s, instant now);

// What a decision would be about now (gate.hpp, rope.hpp, lock.hpp), "" if about nothing: a word
// that was given about another situation is not followed.
std::string describe_situation(const memory& m, const settings& s, instant now);

// What becomes of a person's word that was left for that situation: taken if it is still the one.
person_decided weigh_decision(const memory& m, const settings& s, instant now,
                              const person_decided& word);

// How an answer begins that says no.
inline constexpr std::string_view refused_answer = "refused";

}  // namespace redis_agent::core
