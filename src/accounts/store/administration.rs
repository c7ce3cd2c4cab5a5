//! Roles and suspensions in the database.

use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl,
    dsl::exists, select,
};

use crate::{
    accounts::ServerRole,
    db::{Conn, ids::UserId},
    error::Result,
    schema::users,
};

/// Role and suspension of an account.
#[derive(Clone, Copy, Debug)]
pub struct AccountState {
    pub role: ServerRole,
    /// End of the suspension (ms UTC); in the past without one.
    pub suspended_until: i64,
    /// End of the access of a guest (ms UTC).
    pub access_ends: Option<i64>,
}

impl AccountState {
    /// Whether it is suspended at `now` (ms UTC).
    pub fn is_suspended(&self, now: i64) -> bool {
        self.suspended_until > now
    }
}

/// The role and the suspension of a user; `None` for an unknown one, and for a deleted one.
pub fn state(conn: &mut Conn, user: UserId) -> Result<Option<AccountState>> {
    let role = (users::is_admin, users::role);
    let columns = (role, users::suspended_until, users::access_ends);
    let row: Option<((bool, String), i64, Option<i64>)> = users::table
        .find(user)
        .filter(users::deleted_at.is_null())
        .select(columns)
        .first(conn)
        .optional()?;
    let state = |((is_admin, role), suspended_until, access_ends): (_, _, _)| {
        let role: String = role;
        AccountState {
            role: ServerRole::of(is_admin, &role),
            suspended_until,
            access_ends,
        }
    };
    Ok(row.map(state))
}

/// Sets the role of a user. The access of a user who is not a guest has no end.
pub fn set_role(conn: &mut Conn, user: UserId, role: ServerRole) -> Result<()> {
    let is_admin = role == ServerRole::Admin;
    // Older versions know only the column of admins.
    let column = if is_admin { ServerRole::Member } else { role };
    let row = users::table.find(user);
    diesel::update(row)
        .set((users::is_admin.eq(is_admin), users::role.eq(column.name())))
        .execute(conn)?;
    if role != ServerRole::Guest {
        let endless = users::access_ends.eq(None::<i64>);
        diesel::update(row).set(endless).execute(conn)?;
    }
    Ok(())
}

/// Sets the end of the suspension of a user (ms UTC); 0 for none.
pub fn set_suspended(conn: &mut Conn, user: UserId, until: i64) -> Result<()> {
    let update = diesel::update(users::table.find(user));
    update.set(users::suspended_until.eq(until)).execute(conn)?;
    Ok(())
}

/// Whether another admin than `user` can log in at `now` (ms UTC).
pub fn has_other_admin(conn: &mut Conn, user: UserId, now: i64) -> Result<bool> {
    let is_active = users::is_admin.and(users::suspended_until.le(now));
    let others = users::table.filter(is_active.and(users::id.ne(user)));
    Ok(select(exists(others)).get_result(conn)?)
}
