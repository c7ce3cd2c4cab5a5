//! Performs commands of the operator with the verbs of the features.

use std::collections::BTreeMap;

use super::messages::{AccountLine, ControlAnswer, ControlRequest, LISTED};
use crate::{
    accounts::{Accounts, Actor, NewAccount, ServerRole, Suspension},
    app::App,
    audit::{self, AuditAction, Entry},
    avatars,
    db::{Conn, Tx, time},
    error::{Error, Result},
    messages,
    people::{self, People, Profile},
    rooms::Rooms,
    settings::KEYS,
    web::random,
};

/// Handles for commands of the operator. Cheap to clone.
#[derive(Clone)]
pub struct Control {
    pub(crate) app: App,
    pub(crate) accounts: Accounts,
    pub(crate) people: People,
    /// New accounts join the default rooms.
    pub(crate) rooms: Rooms,
}

const ACTOR: Actor = Actor::CommandLine;

impl Control {
    /// Control of an open database. Its handles are those of the routes, because each adds reactions to events.
    pub fn new(app: App) -> Control {
        Control {
            accounts: Accounts::new(app.clone()),
            people: People::new(app.clone()),
            rooms: Rooms::new(app.clone()),
            app,
        }
    }

    /// Control without a server. Features that only the server starts react to changes here, too.
    pub(super) fn alone(app: App) -> Control {
        messages::add_reactions(&app.events);
        avatars::add_reactions(&app.events);
        Control::new(app)
    }

    /// Performs a command. A failure is an answer, too.
    pub(super) async fn perform(&self, request: ControlRequest) -> ControlAnswer {
        let outcome = match request.clone() {
            ControlRequest::Create {
                name,
                role,
                password,
            } => self.create(name, &role, password).await,
            ControlRequest::List { skip } => self.list(skip).await,
            ControlRequest::Promote { name, role } => self.promote(&name, &role).await,
            ControlRequest::Demote { name } => self.demote(&name).await,
            ControlRequest::Suspend { name, days, reason } => {
                self.suspend(&name, days, &reason).await
            }
            ControlRequest::Reinstate { name } => self.reinstate(&name).await,
            ControlRequest::Remove {
                name,
                erase_messages,
            } => self.remove(&name, erase_messages).await,
            ControlRequest::ResetPassword { name } => self.reset_password(&name).await,
            ControlRequest::Set { key, value } => self.set(key, value).await,
            ControlRequest::Get { key } => self.get(key),
        };
        outcome.unwrap_or_else(|error| ControlAnswer::Refused(reason(&request, error)))
    }

    async fn create(
        &self,
        name: String,
        role: &str,
        password: Option<String>,
    ) -> Result<ControlAnswer> {
        let generated = password.is_none().then(random::password);
        let password = password.or_else(|| generated.clone()).unwrap_or_default();
        let account = NewAccount::parse(&name, &password, parse_role(role)?)?;
        self.accounts.create_account(ACTOR, account).await?;
        let mut created = self.account(&name).await?;
        created.password = generated;
        Ok(ControlAnswer::Account(created))
    }

    async fn list(&self, skip: i64) -> Result<ControlAnswer> {
        let read = move |conn: &mut Conn| people::part_of_accounts(conn, skip, LISTED + 1);
        let mut found = self.app.db.read(read).await?;
        let more = found.len() > LISTED as usize;
        found.truncate(LISTED as usize);
        let accounts = found.iter().map(line).collect();
        Ok(ControlAnswer::Accounts { accounts, more })
    }

    async fn promote(&self, name: &str, role: &str) -> Result<ControlAnswer> {
        let (profile, role) = (self.profile(name).await?, parse_role(role)?);
        if role < profile.server_role() {
            let why = "That’s a lower role. Use demote first.";
            return Err(Error::Conflict(why.into()));
        }
        self.accounts.set_role(ACTOR, profile.id, role).await?;
        self.account(name).await.map(ControlAnswer::Account)
    }

    async fn demote(&self, name: &str) -> Result<ControlAnswer> {
        let profile = self.profile(name).await?;
        if profile.server_role() > ServerRole::Member {
            let member = ServerRole::Member;
            self.accounts.set_role(ACTOR, profile.id, member).await?;
        }
        self.account(name).await.map(ControlAnswer::Account)
    }

    async fn suspend(&self, name: &str, days: Option<i64>, reason: &str) -> Result<ControlAnswer> {
        let suspension = Suspension::parse(days, reason)?;
        let user = self.profile(name).await?.id;
        self.accounts.suspend(ACTOR, user, suspension).await?;
        self.account(name).await.map(ControlAnswer::Account)
    }

    async fn reinstate(&self, name: &str) -> Result<ControlAnswer> {
        let user = self.profile(name).await?.id;
        self.accounts.reinstate(ACTOR, user).await?;
        self.account(name).await.map(ControlAnswer::Account)
    }

    async fn remove(&self, name: &str, erase: bool) -> Result<ControlAnswer> {
        let profile = self.profile(name).await?;
        let mut removed = line(&profile);
        let outcome = if erase { "erase" } else { "keep" };
        removed.messages = Some(outcome.into());
        self.accounts
            .remove_account(ACTOR, profile.id, erase)
            .await?;
        Ok(ControlAnswer::Account(removed))
    }

    async fn reset_password(&self, name: &str) -> Result<ControlAnswer> {
        let user = self.profile(name).await?.id;
        let mut account = self.account(name).await?;
        match &self.app.config.public_url {
            Some(url) => {
                let link = self.accounts.start_reset(ACTOR, user).await?;
                account.reset_link = Some(format!("{url}{}", link.path()));
            }
            None => {
                let password = self.accounts.generate_password(ACTOR, user).await?;
                account.password = Some(password);
            }
        }
        Ok(ControlAnswer::Account(account))
    }

    async fn set(&self, key: String, value: String) -> Result<ControlAnswer> {
        let (settings, changed) = (self.app.settings.clone(), key.clone());
        let change = move |tx: &mut Tx| {
            let former = settings.change(tx, &changed, &value)?;
            let entry = Entry::new(ACTOR.user(), AuditAction::SettingChanged).target(changed);
            audit::record(tx, entry.details(format!("{former} → {}", value.trim())))
        };
        self.app.db.write(change).await?;
        self.get(Some(key))
    }

    fn get(&self, key: Option<String>) -> Result<ControlAnswer> {
        let settings = self.app.settings.current();
        let keys = match &key {
            Some(key) => vec![key.as_str()],
            None => KEYS.to_vec(),
        };
        let values = keys
            .into_iter()
            .map(|key| Ok((key.into(), settings.get(key)?)));
        let values: Result<BTreeMap<String, String>> = values.collect();
        Ok(ControlAnswer::Settings(values?))
    }

    async fn profile(&self, name: &str) -> Result<Profile> {
        let name = name.to_owned();
        let find = move |conn: &mut Conn| people::find(conn, &name);
        self.app.db.read(find).await?.ok_or(Error::NotFound)
    }

    async fn account(&self, name: &str) -> Result<AccountLine> {
        Ok(line(&self.profile(name).await?))
    }
}

fn parse_role(name: &str) -> Result<ServerRole> {
    let unknown = || Error::Invalid("Roles are member, moderator and admin.".into());
    ServerRole::parse(name).ok_or_else(unknown)
}

fn line(profile: &Profile) -> AccountLine {
    let until = profile.suspended_until;
    let suspended = until > time::now();
    AccountLine {
        username: profile.username.to_string(),
        role: profile.server_role().name().into(),
        suspended,
        suspended_until: (suspended && until != i64::MAX).then(|| time::iso(until)),
        created_at: time::iso(profile.created_at),
        ..AccountLine::default()
    }
}

/// Reason for a failed command, as a sentence for the operator.
fn reason(request: &ControlRequest, error: Error) -> String {
    match (request, error) {
        (_, Error::NotFound) => "There is no account of that name.".into(),
        (_, Error::Taken) => "That username is taken or too similar to an existing one.".into(),
        (_, Error::Internal(cause)) => {
            tracing::error!(cause, "a command of the operator failed");
            "Something went wrong. The log of the server says more.".into()
        }
        (_, error) => error.to_string(),
    }
}
