#include "core/configuration/access.hpp"

#include <algorithm>

#include "core/configuration/acl_user.hpp"

namespace redis_agent::core {
namespace {

constexpr std::string_view default_user = "default";

std::string value_of(const user_line* line) {
  return line == nullptr || line->said.values.empty() ? std::string() : line->said.values[0];
}

class judge {
 public:
  judge(const std::vector<user_line>& lines, const redis_conf_plan& plan)
      : lines_(lines), plan_(plan), users_(users_of_lines(lines)) {}

  access_judgement decide(const std::optional<result<std::string>>& acl_file) {
    if (acl_file && last_of(lines_, "aclfile") != nullptr) take_acl_file(*acl_file);
    judge_replication();
    judge_peer();
    if (plan_.password.empty()) {
      judge_without_password();
    } else if (plan_.username.empty()) {
      judge_login_as_default();
    } else {
      judge_login_as_user();
    }
    judge_default_password();
    judged_.choice.has_own_default =
        find_user(users_, default_user) != nullptr || has_acl_file_ || !are_known_;
    return std::move(judged_);
  }

 private:
  void take_acl_file(const result<std::string>& text) {
    const user_line& named = *last_of(lines_, "aclfile");
    for (const acl_user& user : users_) {
      add(user.where, true,
          "there is an aclfile too, and Redis starts with one of them alone; expected all users in "
          "one place");
    }
    if (!text) {
      are_known_ = false;
      judged_.choice.leaves_protected_mode = !plan_.password.empty();
      return add(named, false,
                 "init cannot read it and does not know who may log in (" + text.error().text +
                     "): protected-mode stays as it is. Mount it in init too");
    }
    has_acl_file_ = true;
    users_ = users_of_acl_file(acl_file_of(lines_, plan_), *text);
  }

  struct login {
    std::string who;  // "the agent logs in"
    const secret& password;
    std::string whose;  // "the agent's password"
    std::string flag;   // that may name another user
  };

  // False if what follows from its rules is told.
  bool judge_user(const acl_user& user, const login& as) {
    const std::string named = as.who + " as " + user.name() + ", ";
    if (!user.is_on) {
      add(user.where, true,
          named + "which is off; expected on" +
              (user.name() == default_user ? ", or " + as.flag + " with another user" : ""));
    } else if (!user.takes(as.password)) {
      add(user.where, true,
          named + "which does not take " + as.whose + "; expected that one among its passwords");
    } else if (!user.may_do_something) {
      add(user.where, true,
          named + "which may run no command; expected +@all or what the docs list");
    } else if (user.takes_any_password && user.name() != default_user) {
      add(user.where, false, named + "and so can everybody, with any password (nopass)");
    } else {
      return true;
    }
    return false;
  }

  void judge_own(const acl_user& own) {
    const login as{"the agent logs in", plan_.password, "the agent's password", "--username"};
    if (judge_user(own, as) && !takes_all_that_change(own)) {
      add(own.where, false,
          "the agent logs in as " + own.name() +
              ", and this line does not take each password that --password-rotation has accepted "
              "(that of --password-also-file, or the one before): after a restart who uses it is "
              "refused until the sidecar has seen to it; expected its hash here until it is "
              "dropped");
    }
  }

  // As whom other pods' agents come: by lines that all pods have.
  void judge_peer() {
    if (plan_.peer_username.empty()) return;
    const std::string setting = "--peer-username=" + plan_.peer_username;
    if (plan_.password.empty()) {
      warn_of_setting(setting,
                      "without a password of the agent's own everybody may do more than that user; "
                      "expected --password-file too");
    }
    if (plan_.peer_password.reveal() == plan_.password.reveal()) {
      warn_of_setting(setting,
                      "has the agent's own password, which other pods are not to hear; expected "
                      "another one in --peer-password-file");
    }
    if (!judged_.choice.keeps_masterauth) {
      warn_of_setting(setting,
                      "replicas present the agent's own password to other pods all the same; "
                      "expected a masteruser and its masterauth in the user's file");
    }
    if (!are_known_) return;
    const acl_user* const peer = find_user(users_, plan_.peer_username);
    if (peer != nullptr) {
      const login as{"other pods' agents log in", plan_.peer_password,
                     "the password of --peer-password-file", "--peer-username"};
      (void)judge_user(*peer, as);
    } else if (plan_.peer_username != default_user) {
      warn_of_setting(setting,
                      "no line of the user's files makes that user; Redis refuses other pods' "
                      "agents until somebody does");
    }
  }

  bool takes_all_that_change(const acl_user& own) const {
    const std::vector<std::string>& hashes = plan_.also_accepted;
    return std::all_of(hashes.begin(), hashes.end(),
                       [&](const std::string& hash) { return own.takes_hash(hash); });
  }

  // True if whoever connects may run commands.
  static bool is_open(const acl_user& user) {
    return user.is_on && user.takes_any_password && user.may_do_something;
  }

  // A single command, as PING for a load balancer's check, is the user's own business.
  void judge_open(const acl_user& user) {
    if (!user.may_do_much) {
      return add(user.where, false, "whoever connects may run these commands without a password");
    }
    add(user.where, true,
        "whoever connects may run commands without a password, although the agent has one; "
        "expected "
        "a password, or `user default off` and --username");
  }

  // Redis makes the default user one without a password if its ACL file has none, whatever
  // requirepass says.
  bool is_open_for_want_of_default() {
    if (!has_acl_file_ || find_user(users_, default_user) != nullptr) return false;
    add(*last_of(lines_, "aclfile"), true,
        "the file has no line `user default`: whoever connects may do everything without a "
        "password; expected that line, with a password or off");
    return true;
  }

  void judge_login_as_default() {
    if (!are_known_ || is_open_for_want_of_default()) return;
    const acl_user* const own = find_user(users_, default_user);
    if (own == nullptr) return;
    if (is_open(*own)) return judge_open(*own);
    judge_own(*own);
  }

  void judge_login_as_user() {
    if (!are_known_) return;
    const acl_user* const own = find_user(users_, plan_.username);
    if (own != nullptr) {
      judge_own(*own);
    } else {
      warn_of_setting("--username=" + plan_.username,
                      "no line of the user's files makes that user; Redis refuses the agent until "
                      "somebody does");
    }
    if (is_open_for_want_of_default()) return;
    const acl_user* const anybody = find_user(users_, default_user);
    if (anybody != nullptr) {
      if (is_open(*anybody)) judge_open(*anybody);
    } else if (!value_of(last_of(lines_, "requirepass")).empty() &&
               plan_.default_password.empty()) {
      judged_.choice.keeps_requirepass = true;
    } else if (plan_.default_password.empty()) {
      warn_of_setting("--username=" + plan_.username,
                      "nothing says what the default user's password is: it gets the same one. "
                      "Expected --default-password-file, a requirepass, or `user default off`");
    }
  }

  void judge_without_password() {
    if (!plan_.username.empty()) {
      warn_of_setting(
          "--username=" + plan_.username,
          "without a password the agent and the replicas are the default user; expected "
          "--password-file too");
    }
    const acl_user* const own = find_user(users_, default_user);
    const user_line* const password = last_of(lines_, "requirepass");
    if (own != nullptr && !is_open(*own)) {
      add(own->where, true,
          "the agent has no password and cannot log in; expected --password-file, or nopass");
    } else if (own == nullptr && are_known_ && !has_acl_file_ && !value_of(password).empty()) {
      add(*password, true,
          "the agent has no password and cannot log in; expected it in --password-file, not here");
    }
  }

  // The password of the default user, where the agent is somebody else.
  void judge_default_password() {
    const acl_user* const anybody = find_user(users_, default_user);
    if (plan_.default_password.empty() || anybody == nullptr) return;
    if (anybody->takes(plan_.default_password)) return;
    add(anybody->where, false,
        "beats --default-password-file, whose password this user does not take");
  }

  // A user for replication, with its password, stands as the user wrote it: the two belong
  // together.
  void judge_replication() {
    const user_line* const named = last_of(lines_, "masteruser");
    const user_line* const password = last_of(lines_, "masterauth");
    const std::string name = value_of(named);
    if (name.empty()) return;
    const bool has_own = !value_of(password).empty();
    if (!has_own && (plan_.password.empty() || !plan_.username.empty())) return;
    judged_.choice.keeps_masterauth = has_own;
    judged_.choice.presents_as_other = !has_own && name != default_user;
    if (plan_.is_rotated && judged_.choice.presents_as_other) {
      add(*named, false,
          "that user's password is not the one that --password-rotation changes: the sidecar "
          "leaves masterauth alone, and a pod that starts sends the new one; expected a masterauth "
          "of its own beside it");
    }
    const acl_user* const user = find_user(users_, name);
    const secret sent = has_own ? secret(value_of(password)) : plan_.password;
    if (user != nullptr && !(user->is_on && user->takes(sent))) {
      add(*named, false,
          "that user is off or does not take the password that replicas send" +
              std::string(has_own ? " (masterauth)" : " (the agent's; there is no masterauth)") +
              ": where the primary has these users, no replica will sync");
    } else if (user == nullptr && are_known_ && name != default_user) {
      add(*named, false,
          "no line makes that user: where the primary has no such user, no replica will sync");
    }
  }

  void add(const user_line& line, bool is_refused, std::string why) {
    judged_.findings.push_back(finding_of(line, is_refused, std::move(why)));
  }

  void warn_of_setting(std::string setting, std::string why) {
    judged_.findings.push_back({false, std::move(setting), 0, "", std::move(why)});
  }

  const std::vector<user_line>& lines_;
  const redis_conf_plan& plan_;
  std::vector<acl_user> users_;
  bool are_known_ = true;  // false: they are in a file that init cannot read
  bool has_acl_file_ = false;
  access_judgement judged_;
};

}  // namespace

std::string acl_file_of(const std::vector<user_line>& lines, const redis_conf_plan& plan) {
  const std::string path = value_of(last_of(lines, "aclfile"));
  return path.empty() ? path : path_from(plan.data_dir, path);
}

access_judgement judge_access(const std::vector<user_line>& lines,
                              const std::optional<result<std::string>>& acl_file,
                              const redis_conf_plan& plan) {
  return judge(lines, plan).decide(acl_file);
}

}  // namespace redis_agent::core
