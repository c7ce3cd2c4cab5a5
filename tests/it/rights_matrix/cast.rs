//! The people who act in the matrix, one for each role.

use std::collections::BTreeMap;

use serde_json::json;

use super::table::Role;
use crate::harness::account::Account;
use crate::harness::database::{connect, number};
use crate::harness::invites::{in_a_month, redeem};
use crate::harness::server::Server;
use crate::reports::moderator;

/// A person who sends requests.
#[derive(Clone)]
pub struct Actor {
    pub role: Role,
    /// `None` for the anonymous one. That of the suspended one has a token that ended.
    pub account: Option<Account>,
    /// Id of the account, 0 without one.
    pub id: i64,
}

impl Actor {
    /// The account of someone who is logged in.
    pub fn user(&self) -> Option<&Account> {
        match self.role {
            Role::Anonymous | Role::Suspended => None,
            _ => self.account.as_ref(),
        }
    }

    /// The `Cookie` header, if there is one.
    pub fn cookie(&self) -> Option<String> {
        let token = &self.account.as_ref()?.token;
        Some(format!("chatterbox={token}"))
    }
}

/// The standing people, who stay as they are.
pub struct Cast {
    /// The first admin, who prepares fixtures.
    pub root: Account,
    /// Closed room of the first admin and the guests, who need one.
    reception: i64,
    actors: BTreeMap<Role, Actor>,
    made: usize,
}

impl Cast {
    pub async fn new(server: &Server) -> Cast {
        let root = Account::register(server, "root").await;
        let mut cast = Cast {
            reception: root.create_room("Reception", "closed").await,
            root,
            actors: BTreeMap::new(),
            made: 0,
        };
        for (role, name) in [
            (Role::Suspended, "sam"),
            (Role::Guest, "guy"),
            (Role::Member, "mel"),
            (Role::Owner, "olga"),
            (Role::Moderator, "mo"),
            (Role::Admin, "ann"),
        ] {
            let actor = cast.register(server, role, name).await;
            cast.actors.insert(role, actor);
        }
        let suspension = json!({"reason": "for the matrix"});
        let suspended = cast.root.send("PUT", "/people/sam/suspension", &suspension);
        suspended.await.expect(204);
        cast
    }

    /// The standing person with a role.
    pub fn actor(&self, role: Role) -> Actor {
        let anonymous = Actor {
            role,
            account: None,
            id: 0,
        };
        self.actors.get(&role).cloned().unwrap_or(anonymous)
    }

    /// The account of the standing person with a role.
    pub fn account(&self, role: Role) -> Account {
        let account = self.actor(role).account;
        account.expect("a role with an account")
    }

    /// A new person with a role.
    pub async fn new_actor(&mut self, server: &Server, role: Role) -> Actor {
        if matches!(role, Role::Anonymous | Role::Suspended) {
            return self.actor(role);
        }
        self.made += 1;
        let name = format!("actor{}", self.made);
        self.register(server, role, &name).await
    }

    async fn register(&self, server: &Server, role: Role, name: &str) -> Actor {
        let account = match role {
            Role::Guest => {
                let guests = json!({"rooms": [self.reception], "guest_until": in_a_month()});
                let link = self.root.create_link(guests).await;
                redeem(server, &link.path, name).await.expect(201);
                Account::log_in(server, name).await
            }
            Role::Moderator => moderator(server, &self.root, name).await,
            Role::Admin => {
                let account = Account::register(server, name).await;
                let path = format!("/people/{name}/role");
                let admin = json!({"role": "admin"});
                self.root.send("PATCH", &path, &admin).await.expect(204);
                account
            }
            _ => Account::register(server, name).await,
        };
        Actor {
            role,
            id: id_of(server, name),
            account: Some(account),
        }
    }
}

/// Id of a user.
pub fn id_of(server: &Server, name: &str) -> i64 {
    let query = format!("SELECT id AS number FROM users WHERE username = '{name}'");
    number(&mut connect(&server.data()), &query)
}
